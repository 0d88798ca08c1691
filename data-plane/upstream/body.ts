import type { IncomingMessage } from 'node:http'
import { Transform, type Readable } from 'node:stream'
import type { EdgeRequest } from '../edge/request.ts'

/** More of a body has come than the environment takes. What was sent of it is no whole request. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
}

/** What has been held goes on as it came; what has not said how long it is, is measured on its way. */
export function outgoingBody ({ raw, body, exchange }: EdgeRequest): Readable | Buffer {
  if (Buffer.isBuffer(body)) return body
  const { maxBodyBytes } = exchange.layer!.policies
  return maxBodyBytes === Infinity || raw.headers['content-length'] !== undefined ? raw : measure(raw, maxBodyBytes)
}

/** Not by `pipeline`: it would take the connection away on which the client is to be answered. */
function measure (raw: IncomingMessage, maxBytes: number): Readable {
  let left = maxBytes
  const measured = new Transform({
    transform (chunk: Buffer, _encoding, done) {
      left -= chunk.length
      if (left < 0) done(new BodyTooLarge())
      else done(null, chunk)
    }
  })
  raw.on('error', error => measured.destroy(error))
  return raw.pipe(measured)
}
