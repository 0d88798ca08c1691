import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { WebSocketServer, type ServerOptions } from 'ws'
import { reachable } from './egress.ts'

/** A server for upstreams that sends everything back; `/close` and `/drop` it ends itself. */
export async function startEcho (t: Pick<Test, 'teardown'>, options: ServerOptions = {}): Promise<{ url: string, server: WebSocketServer }> {
  const server = new WebSocketServer({ host: reachable, port: 0, ...options })
  server.on('connection', (socket, request) => {
    if (request.url === '/close') return socket.close(4001, 'enough')
    if (request.url === '/drop') return socket.terminate()
    socket.on('error', () => undefined)
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  return { url: `http://${reachable}:${(server.address() as AddressInfo).port}`, server }
}
