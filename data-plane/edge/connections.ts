import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Those that are open. Node.js counts them, and does not show them. */
export function trackConnections (server: Server): ReadonlySet<Socket> {
  const connections = new Set<Socket>()
  server.on('connection', socket => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  return connections
}
