import { fork } from 'node:child_process'
import { once } from 'node:events'
import * as hello from '../scenarios/hello.ts'
import { endProcess } from './process.ts'
import type { Peer } from './peer.ts'

/** The upper bound for anything in JavaScript: the same JSON from a bare `node:http` server, in a process of its own. */
export async function start (): Promise<Peer> {
  const child = fork(new URL('node-http-server.ts', import.meta.url), { execArgv: [] })
  const [port] = await Promise.race([
    once(child, 'message') as Promise<[number]>,
    once(child, 'exit').then(([code]) => { throw new Error(`The node:http server ended with ${code}`) })
  ])
  return {
    name: 'node:http',
    version: process.version,
    pid: child.pid!,
    url: `http://127.0.0.1:${port}${hello.path}`,
    headers: [{ origin: hello.origin }],
    expectedBody: hello.expectedBody,
    expectedHeaders: {},
    close: async () => await endProcess(child)
  }
}
