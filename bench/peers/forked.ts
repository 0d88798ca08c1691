import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { Proxy } from '../proxied/proxy.ts'
import { endProcess } from './process.ts'

const require = createRequire(import.meta.url)

export interface ForkedProxy {
  name: string
  /** Whose version it has. */
  packageName: string
  /** Sends the port that it listens on, and ends with the benchmark. */
  server: URL
}

/** A proxy in Node.js, in one process of its own. @param backend host and port */
export async function startForkedProxy ({ name, packageName, server }: ForkedProxy, backend: string): Promise<Proxy> {
  const child = fork(server, [`http://${backend}`], { execArgv: [] })
  const [port] = await Promise.race([
    once(child, 'message') as Promise<[number]>,
    once(child, 'exit').then(([code]) => { throw new Error(`${name} ended with ${code}`) })
  ])
  const { version } = require(`${packageName}/package.json`) as { version: string }
  return { name, version, pid: child.pid!, origin: `http://127.0.0.1:${port}`, knowsClients: false, expectedHeaders: {}, close: async () => await endProcess(child) }
}
