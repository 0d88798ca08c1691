import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Problem } from '#shared/errors.ts'
import type { Admission } from '../overload/admission.ts'
import { note } from '../explain/note.ts'
import { overloaded } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'
import type { Edge, Step } from './stage.ts'

/** RFC 9110, section 8.3.1; what is behind the type is whose who reads the body. */
const mediaType = /^[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+[\t ]*(?:;|$)/

/** Has the body of a request in `request.body`, where it has one. */
export function reading ({ admission }: Edge): Step {
  return (request, reply) => {
    const { method, headers } = request.raw
    const type = headers['content-type']
    if (method === 'GET' || method === 'HEAD' || (type === undefined && !announcesBody(headers))) return true
    if (type !== undefined && !mediaType.test(type)) throw new Problem('unsupported_media_type')
    return read(request, reply, admission)
  }
}

function announcesBody ({ 'content-length': length, 'transfer-encoding': encoding }: IncomingHttpHeaders): boolean {
  return encoding !== undefined || (length !== undefined && length !== '0')
}

async function read (request: EdgeRequest, reply: EdgeReply, admission: BodyReader['admission']): Promise<true> {
  const { exchange, raw } = request
  try {
    request.body = await readBody(raw, { exchange, admission })
  } catch (error) {
    // What is left of it is nobody's, so nobody knows where the next request begins.
    reply.header('connection', 'close')
    throw error
  }
  return true
}

export interface BodyReader {
  exchange: Exchange
  admission: Pick<Admission, 'take' | 'giveBack'>
}

/**
 * Reads a body as it came, and not more of it than the function may be sent, or a policy looks at: it is held in memory, in this process and the
 * sandbox's. Rejects with a `Problem` (`payload_too_large`, `request_timeout`, `overloaded`) or with what the connection fails with.
 * What then is left of the body is nobody's: the connection has to end with the answer. A body that was read is in `exchange.heldBytes`.
 */
async function readBody (payload: IncomingMessage, { exchange, admission }: BodyReader): Promise<Buffer> {
  const { maxBytes, whose } = limitOf(exchange)
  const { gatewayId } = exchange.environment!
  exchange.stage = 'body'
  const tooLarge = (): Problem => new Problem('payload_too_large', `${whose} a body of ${maxBytes} bytes at most.`)
  // Refused before the first byte of it, where it says so itself.
  if (Number(payload.headers['content-length']) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const take = (chunk: Buffer): void => {
    if (bytes + chunk.length > maxBytes) return reject(tooLarge())
    if (!admission.take(gatewayId, chunk.length)) return reject(overloaded('There is no room for the request body.'))
    bytes += chunk.length
    chunks.push(chunk)
  }
  // Whoever sees to it that clients get on says so.
  const giveUp = (): void => reject(new Problem('request_timeout', 'The request body came too slowly.'))
  payload.on('data', take).on('end', resolve).on('error', reject).on('timeout', giveUp)
  try {
    await promise
  } catch (error) {
    admission.giveBack(gatewayId, bytes)
    throw error
  } finally {
    payload.off('data', take).off('end', resolve).off('error', reject).off('timeout', giveUp)
  }
  exchange.heldBytes = bytes
  note(exchange, 'body', 'passed', null, { bytes })
  // A copy: a chunk is a view of memory that the socket reads into again.
  return Buffer.concat(chunks, bytes)
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
