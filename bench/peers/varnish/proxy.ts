import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exists, fetchDebianPackage } from '../../../test/support/debian-package.ts'
import { freePorts } from '../../../test/support/ports.ts'
import { origin, type Caller } from '../../clients/population.ts'
import type { Proxy, ProxySetting } from '../../proxied/proxy.ts'
import { inFolder } from '../folder.ts'
import { startListening } from '../listening.ts'
import { Unavailable } from '../peer.ts'
import { debianProgram, type Program } from '../programs.ts'
import { readTemplate } from '../template.ts'

/** Its configuration is compiled when it starts. */
const compiler = '/usr/bin/gcc'
/** Of Debian's packages: a set of texts that each stand for another one, and counters. */
const modulePackages = ['varnish-selector', 'varnish-modules']
const keysPerSubroutine = 200
/** As Debian names the folder of libraries. */
const machineName = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'

/**
 * A set of keys, a rate for each client, CORS, `X-Forwarded-*` and a request id; every request is passed on, and nothing kept. Its log is the one that it always
 * has, in memory, and nobody writes it to a file. It has a thread for each connection, so it may take as many cores as there are, where the others have one.
 */
export async function start ({ backend, callers }: ProxySetting): Promise<Proxy> {
  if (!await exists(compiler)) throw new Unavailable('varnish', `it compiles its configuration with a C compiler when it starts, and this machine has no ${compiler}`)
  const program = await debianProgram('varnish', '/usr/sbin/varnishd', ['-V'])
  const modules = await modulePath(program)
  const [backendHost, backendPort] = backend.split(':') as [string, string]
  return await inFolder('varnish', async folder => {
    const [port] = await freePorts(1) as [number]
    await writeFile(path.join(folder, 'proxy.vcl'), await readTemplate(new URL('proxy.vcl', import.meta.url), { backendHost, backendPort, keys: keySubroutines(callers), origin }))
    const args = ['-F', '-f', path.join(folder, 'proxy.vcl'), '-a', `127.0.0.1:${port}`, '-n', path.join(folder, 'work'), '-j', 'none', '-s', 'malloc,64m', '-p', `vmod_path=${modules}`]
    const { child, output, close } = await startListening(program, args, port)
    return { name: 'varnish', version: program.version, pid: child.pid!, origin: `http://127.0.0.1:${port}`, knowsClients: true, expectedHeaders: {}, output, close }
  })
}

/** Each becomes a function in C; one with all of the keys keeps the compiler busy for minutes. */
function keySubroutines (callers: readonly Caller[]): string {
  const subroutines = Array.from({ length: Math.ceil(callers.length / keysPerSubroutine) }, (_, index) => {
    const added = callers.slice(index * keysPerSubroutine, (index + 1) * keysPerSubroutine).map(({ host, key, consumer }) => `  keys.add("${host}/${key}", string = "${consumer}");\n`)
    return `sub keys_${index} {\n${added.join('')}}\nsub vcl_init {\n  call keys_${index};\n}`
  })
  return subroutines.join('\n')
}

/** Where its own are, and those of the packages. @throws {Unavailable} */
async function modulePath ({ file }: Program): Promise<string> {
  const folders = await Promise.all(modulePackages.map(async name => await fetchDebianPackage(name).catch((error: unknown) => {
    throw new Unavailable('varnish', `without ${name} it cannot look up clients or count them: ${String(error)}`, { cause: error })
  })))
  return [path.resolve(file, '../../..'), ...folders].map(root => path.join(root, 'usr/lib', machineName, 'varnish/vmods')).join(':')
}
