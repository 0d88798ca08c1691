import { fork } from 'node:child_process'
import { once } from 'node:events'
import { functionPeer, type StartFunction } from '../../functions/start.ts'
import { endProcess } from '../process.ts'

/** The upper bound for anything in JavaScript: a bare `node:http` server, in a process of its own. */
export const start: StartFunction = async ({ fn, backend }) => {
  const child = fork(new URL('server.ts', import.meta.url), [fn.name, backend], { execArgv: [] })
  const [port] = await Promise.race([
    once(child, 'message') as Promise<[number]>,
    once(child, 'exit').then(([code]) => { throw new Error(`The node:http server ended with ${code}`) })
  ])
  return functionPeer(fn, { name: 'node:http', version: process.version.slice(1), pid: child.pid!, port, close: async () => await endProcess(child) })
}
