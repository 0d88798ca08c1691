import { Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** Whether this worker is about to end; read at each answer. */
export interface Lifecycle {
  draining: boolean
}

/** Before the supervisor's patience ends: what is cut off here is recorded, and a stream need never end by itself. */
const cutAfterMs = 9_000
/** Connections in use are told to close with their next answer; those that are not used for so long are closed. */
const idleGraceMs = 500

/**
 * Ends without losing a request: new connections go to other workers at once, the ones that are there are told `Connection: close`
 * with their next answer. Closing them while they are idle, as `close` does, can cross with a request that is on its way; so that comes
 * last, for those that have been silent for a while.
 */
export async function drain (app: FastifyInstance, lifecycle: Lifecycle, deadlineMs = cutAfterMs): Promise<void> {
  lifecycle.draining = true
  const ended = new Promise<void>(resolve => {
    // Of `net`: the one of `http` closes idle connections at once.
    Server.prototype.close.call(app.server, () => resolve())
  })
  await Promise.race([ended, delay(idleGraceMs)])
  const deadline = setTimeout(() => app.server.closeAllConnections(), deadlineMs - idleGraceMs)
  await app.close()
  clearTimeout(deadline)
}
