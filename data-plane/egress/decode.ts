import { pipeline, type Duplex } from 'node:stream'
import {
  constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress
} from 'node:zlib'
import { EgressError, formatBytes } from './errors.ts'
import type { HeaderPair } from './request.ts'

/** More than one is rare, more than a few is somebody who multiplies. */
const maxCodings = 3
/** RFC 9659: no more than 8 MB have to be supported; zstd itself would take 128. */
const maxZstdWindowLog = 23

const coders: Record<string, (firstByte: number) => Duplex> = {
  // Lenient about a missing end, as browsers are; what is there is flushed at once, which a stream of events needs.
  gzip: () => createGunzip({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }),
  // RFC 9110, section 8.4.1.2: some send the bare format; a zlib header has 8 in its low four bits (RFC 1950).
  deflate: firstByte => ((firstByte & 0x0f) === 8 ? createInflate : createInflateRaw)({ finishFlush: constants.Z_SYNC_FLUSH }),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: maxZstdWindowLog } })
}

export interface Decoded {
  headers: HeaderPair[]
  body: AsyncIterable<Buffer>
}

/**
 * Takes the content codings off, and the headers that describe them: what is left describes the body that the function gets. A body with a
 * coding that is not known stays as it is. No more than `maxBytes` come out, and no more are taken in.
 */
export function decodeBody (headers: HeaderPair[], body: AsyncIterable<Buffer>, maxBytes: number): Decoded {
  const codings = headers.filter(([name]) => name === 'content-encoding').flatMap(([, value]) => value.toLowerCase().split(','))
    .map(coding => coding.trim().replace(/^x-gzip$/, 'gzip')).filter(coding => coding !== '' && coding !== 'identity')
  const bounded = bound(body, maxBytes)
  if (codings.length === 0 || codings.some(coding => coders[coding] === undefined)) return { headers, body: bounded }
  if (codings.length > maxCodings) throw new EgressError('response_invalid', `the response has more than ${maxCodings} content codings`)
  return {
    headers: headers.filter(([name]) => name !== 'content-encoding' && name !== 'content-length'),
    // The last one was applied last.
    body: codings.reduceRight<AsyncIterable<Buffer>>((source, coding) => bound(decode(source, coding), maxBytes), bounded)
  }
}

export function responseTooLarge (maxBytes: number): EgressError {
  return new EgressError('response_too_large', `the response is larger than ${formatBytes(maxBytes)}`)
}

async function * bound (source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > maxBytes) throw responseTooLarge(maxBytes)
    yield chunk
  }
}

async function * decode (source: AsyncIterable<Buffer>, coding: string): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done === true) return
  const decoder = coders[coding]!(first.value[0]!)
  let lost: unknown
  const rest = async function * (): AsyncGenerator<Buffer> {
    try {
      yield first.value
      yield * { [Symbol.asyncIterator]: () => chunks }
    } catch (error) {
      lost = error
      throw error
    }
  }
  // The error comes out of the decoder, too; it is told apart there.
  pipeline(rest(), decoder, () => undefined)
  try {
    yield * decoder as AsyncIterable<Buffer>
  } catch (error) {
    throw lost ?? new EgressError('response_invalid', `the response is not valid ${coding}`, error)
  }
}
