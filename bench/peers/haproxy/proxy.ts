import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { freePorts } from '../../../test/support/ports.ts'
import { origin } from '../../clients/population.ts'
import type { Proxy, ProxySetting } from '../../proxied/proxy.ts'
import { inFolder } from '../folder.ts'
import { startListening } from '../listening.ts'
import { debianProgram } from '../programs.ts'
import { readTemplate } from '../template.ts'

/** A map of keys, a rate for each client, CORS, `X-Forwarded-*`, a request id and an access log, in one thread. */
export async function start ({ backend, callers }: ProxySetting): Promise<Proxy> {
  const program = await debianProgram('haproxy', '/usr/sbin/haproxy', ['-v'])
  return await inFolder('haproxy', async folder => {
    const [port] = await freePorts(1) as [number]
    await writeFile(path.join(folder, 'keys.map'), callers.map(({ host, key, consumer }) => `${host}/${key} ${consumer}\n`).join(''))
    await writeFile(path.join(folder, 'haproxy.cfg'), await readTemplate(new URL('haproxy.cfg', import.meta.url), { port, folder, backend, origin }))
    const { child, output, close } = await startListening(program, ['-db', '-f', path.join(folder, 'haproxy.cfg')], port)
    return { name: 'haproxy', version: program.version, pid: child.pid!, origin: `http://127.0.0.1:${port}`, knowsClients: true, expectedHeaders: {}, output, close }
  })
}
