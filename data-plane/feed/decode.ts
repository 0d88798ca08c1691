import { pipeline, type Readable } from 'node:stream'
import { constants, createZstdDecompress } from 'node:zlib'
import { FeedMalformed } from './lines.ts'

/** A frame may ask for 8 MiB of it to be remembered (RFC 8878, section 3.1.1.1.2); that of this project's own control planes is smaller. */
const windowLogMax = 23
const chunkBytes = 64 * 1024
const fault = 'the feed is not compressed as it says'

/**
 * The bytes of the feed as they were before they were compressed. They are made as they are asked for, a chunk at a time: little that becomes very much
 * meets the same limits as if it had come as it is.
 * @param encoding `Content-Encoding` of the answer
 * @throws {FeedMalformed} and what the body breaks with
 */
export function decodeBody (body: Readable, encoding: string | string[] | undefined): AsyncIterable<Buffer> {
  switch (String(encoding ?? 'identity')) {
    case 'identity': return body
    case 'zstd': return decompress(body)
    default: throw new FeedMalformed('the feed comes in an encoding that was not asked for')
  }
}

async function * decompress (body: Readable): AsyncGenerator<Buffer, void, undefined> {
  const decoder = createZstdDecompress({ chunkSize: chunkBytes, params: { [constants.ZSTD_d_windowLogMax]: windowLogMax } })
  // The decoder's end, whatever it is, is the reader's.
  pipeline(body, decoder, () => {})
  try {
    for await (const chunk of decoder) yield chunk as Buffer
  } catch (error) {
    throw isFault(error) ? new FeedMalformed(fault, { cause: error }) : error
  }
  // What is no frame, behind one, is to Node.js the end.
  if (!body.readableEnded) throw new FeedMalformed(fault)
}

/** Of the decoder; others are the body's. */
function isFault (error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ZSTD_')
}
