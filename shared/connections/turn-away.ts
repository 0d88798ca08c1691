import type { Socket } from 'node:net'
import { Problem } from '../errors.ts'
import { rawProblem } from '../raw-problem.ts'
import { retryAfterSeconds } from '../retry-after.ts'

/** So many are told why at a time. More than these are reset at once: even an answer has become too dear. */
const maxTold = 256
/** For the client to read it. */
const lingerMs = 1_000

/** Ends connections for which there is no room. */
export function createTurnAway (nextRequestId: () => string): (socket: Socket) => void {
  let told = 0
  return socket => {
    socket.on('error', ignore)
    if (told >= maxTold) {
      socket.resetAndDestroy()
      return
    }
    told++
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref()
    socket.once('close', () => {
      told--
      clearTimeout(timer)
    })
    const problem = new Problem('overloaded', 'There are as many connections as there can be.', { headers: { 'Retry-After': retryAfterSeconds() } })
    socket.end(rawProblem(problem, nextRequestId()))
    // What the client sends is read and forgotten: a connection that is closed with something unread is reset, and the answer with it.
    socket.resume()
  }
}

function ignore (): void {}
