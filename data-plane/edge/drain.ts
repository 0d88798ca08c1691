import { Server, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Listener } from '../listener/listener.ts'

/** Whether this worker is about to end; read at each answer. */
export interface Lifecycle {
  draining: boolean
}

/** What is closed. */
export interface Drained {
  sockets: () => Iterable<Socket>
  listener: Pick<Listener, 'announceEnd' | 'closeIdle' | 'closeAll'> | null
}

/** Before the supervisor's patience ends: what is cut off here is recorded, and a stream need never end by itself. */
const cutAfterMs = 9_000
/** Connections in use are told to close with their next answer; those that are not used for so long are closed. */
const idleGraceMs = 500

/**
 * Ends without losing a request: new connections go to other workers at once, the ones that are there are told `Connection: close`
 * with their next answer. Closing them while they are idle, as `close` does, can cross with a request that is on its way; so that comes
 * last, when nothing has come in for a while: also for those whose answer had begun before, and that were told nothing.
 */
export async function drain (app: FastifyInstance, { sockets, listener }: Drained, lifecycle: Lifecycle, deadlineMs = cutAfterMs): Promise<void> {
  lifecycle.draining = true
  listener?.announceEnd()
  const ended = new Promise<void>(resolve => {
    // Of `net`: the one of `http` closes idle connections at once.
    Server.prototype.close.call(app.server, () => resolve())
  })
  let received = bytesRead(sockets())
  const silence = setInterval(() => {
    const before = received
    received = bytesRead(sockets())
    if (received !== before) return
    app.server.closeIdleConnections()
    listener?.closeIdle()
  }, idleGraceMs)
  const deadline = setTimeout(() => {
    app.server.closeAllConnections()
    listener?.closeAll()
    // Node has given those away that have become WebSockets.
    for (const socket of sockets()) socket.destroy()
  }, deadlineMs)
  await ended
  clearInterval(silence)
  clearTimeout(deadline)
  await app.close()
}

/** Less than before where one has been closed, which is no silence either. */
function bytesRead (sockets: Iterable<Socket>): number {
  let bytes = 0
  for (const socket of sockets) bytes += socket.bytesRead
  return bytes
}
