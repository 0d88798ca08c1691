import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import path from 'node:path'
import { freePorts } from '../../../test/support/ports.ts'
import { inFolder } from '../folder.ts'
import { startListening, type Listening } from '../listening.ts'
import { debianProgram } from '../programs.ts'
import { readTemplate } from '../template.ts'

export interface Nginx extends Listening {
  port: number
  version: string
}

export interface NginxServers {
  /** Beside this file. It asks for `port` and `folder`, too. */
  configuration: string
  values: Readonly<Record<string, string | number>>
  /** Put into the folder. */
  files: Readonly<Record<string, string>>
}

/** One worker of Debian's nginx, in the foreground. @throws {Unavailable} where it cannot be had */
export async function startNginx ({ configuration, values, files }: NginxServers): Promise<Nginx> {
  const program = await debianProgram('nginx', '/usr/sbin/nginx', ['-v'])
  return await inFolder('nginx', async folder => {
    const [port] = await freePorts(1) as [number]
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
    const servers = await readTemplate(new URL(configuration, import.meta.url), { ...values, port, folder })
    // A worker that root starts is root's, as the folder is.
    const main = await readTemplate(new URL('http.conf', import.meta.url), { folder, servers, user: userInfo().username })
    await writeFile(path.join(folder, 'nginx.conf'), main)
    const running = await startListening(program, ['-c', path.join(folder, 'nginx.conf'), '-p', folder, '-e', path.join(folder, 'error.log')], port)
    return { ...running, port, version: program.version }
  })
}
