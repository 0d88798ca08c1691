import type { IncomingMessage } from 'node:http'
import { Problem } from '#shared/errors.ts'
import type { Admission } from '../overload/admission.ts'
import { note } from '../explain/note.ts'
import { overloaded } from './errors.ts'
import type { Exchange } from './exchange.ts'

export interface BodyReader {
  exchange: Exchange
  admission: Pick<Admission, 'take' | 'giveBack'>
}

/**
 * Reads a body as it came, and not more of it than the function may be sent, or a policy looks at: it is held in memory, in this process and the
 * sandbox's. `done` is called once, with a `Problem` (`payload_too_large`, `request_timeout`, `overloaded`) or with what the connection fails with.
 * What then is left of the body is nobody's: the connection has to end with the answer. A body that was read is in `exchange.heldBytes`.
 */
export function readBody (payload: IncomingMessage, { exchange, admission }: BodyReader, done: (error: Error | null, body?: Buffer) => void): void {
  const { maxBytes, whose } = limitOf(exchange)
  const { gatewayId } = exchange.environment!
  exchange.stage = 'body'
  const tooLarge = (): Problem => new Problem('payload_too_large', `${whose} a body of ${maxBytes} bytes at most.`)
  // Refused before the first byte of it, where it says so itself.
  if (Number(payload.headers['content-length']) > maxBytes) return done(tooLarge())
  const chunks: Buffer[] = []
  let bytes = 0
  const settle = (error: Error | null): void => {
    payload.off('data', take).off('end', end).off('error', settle).off('timeout', giveUp)
    if (error !== null) {
      admission.giveBack(gatewayId, bytes)
      done(error)
      return
    }
    exchange.heldBytes = bytes
    note(exchange, 'body', 'passed', null, { bytes })
    // A copy: a chunk is a view of memory that the socket reads into again.
    done(null, Buffer.concat(chunks, bytes))
  }
  const take = (chunk: Buffer): void => {
    if (bytes + chunk.length > maxBytes) return settle(tooLarge())
    if (!admission.take(gatewayId, chunk.length)) return settle(overloaded('There is no room for the request body.'))
    bytes += chunk.length
    chunks.push(chunk)
  }
  const end = (): void => settle(null)
  // Whoever sees to it that clients get on says so.
  const giveUp = (): void => settle(new Problem('request_timeout', 'The request body came too slowly.'))
  payload.on('data', take).on('end', end).on('error', settle).on('timeout', giveUp)
}

interface BodyLimit { maxBytes: number, whose: string }

/** The lowest of all that count. */
function limitOf ({ match, layer }: Exchange): BodyLimit {
  const { fn } = match!.target
  const { body, maxBodyBytes } = layer!.policies
  const own: BodyLimit = fn === null
    ? { maxBytes: Math.min(...body.policies.map(({ maxBytes }) => maxBytes)), whose: 'What is looked at before it goes on may have' }
    : { maxBytes: fn.limits.maxRequestBytes, whose: 'By its maxRequestBytes the function takes' }
  return maxBodyBytes < own.maxBytes ? { maxBytes: maxBodyBytes, whose: 'This API takes' } : own
}
