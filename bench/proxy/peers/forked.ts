import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { Peer } from '../../peers/peer.ts'
import { endProcess } from '../../peers/process.ts'
import * as hello from '../../scenarios/hello.ts'

const require = createRequire(import.meta.url)

/** `node:http` in front and undici behind, and nothing in between. */
export async function startUndiciProxy (backend: string): Promise<Peer> {
  return await start('node:http + undici', 'undici', 'undici-proxy-server.ts', backend)
}

export async function startFastifyHttpProxy (backend: string): Promise<Peer> {
  return await start('@fastify/http-proxy', '@fastify/http-proxy', 'fastify-http-proxy-server.ts', backend)
}

async function start (name: string, packageName: string, file: string, backend: string): Promise<Peer> {
  const child = fork(new URL(file, import.meta.url), [backend], { execArgv: [] })
  const [port] = await Promise.race([
    once(child, 'message') as Promise<[number]>,
    once(child, 'exit').then(([code]) => { throw new Error(`${name} ended with ${code}`) })
  ])
  const { version } = require(`${packageName}/package.json`) as { version: string }
  return { name, version, pid: child.pid!, url: `http://127.0.0.1:${port}${hello.path}`, headers: [{ 'x-api-key': 'any' }], expectedBody: hello.expectedBody, expectedHeaders: {}, close: async () => await endProcess(child) }
}
