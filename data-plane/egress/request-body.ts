import { EgressError } from './errors.ts'
import type { EgressLimits } from './limits.ts'
import { tooLarge } from './request.ts'

/** The body of a request on its way out. */
export interface Content {
  body: Buffer | AsyncIterable<Uint8Array>
  /** Bytes, where they are known before they are read. */
  length: number | null
  /** It is all here, and can be sent once more. */
  replayable: boolean
}

/**
 * A small body of known length is collected, so that a redirect can ask for it again; anything else is passed on as it comes.
 * @param length bytes; `null` for a stream
 */
export async function readContent (source: AsyncIterator<Uint8Array>, length: number | null, limits: EgressLimits): Promise<Content> {
  const counted = count(source, length ?? limits.maxRequestBytes, length === null ? tooLarge(limits) : wrongLength())
  if (length === null || length > limits.maxReplayBytes) return { body: counted, length, replayable: false }

  const chunks: Uint8Array[] = []
  for await (const chunk of counted) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  if (body.length !== length) throw wrongLength()
  return { body, length, replayable: true }
}

function count (source: AsyncIterator<Uint8Array>, maxBytes: number, error: EgressError): AsyncIterableIterator<Uint8Array> {
  let bytes = 0
  const counted: AsyncIterableIterator<Uint8Array> = {
    next: async () => {
      const result = await source.next()
      if (result.done === true) return result
      bytes += result.value.length
      if (bytes > maxBytes) throw error
      return result
    },
    return: async () => await source.return?.() ?? { done: true, value: undefined },
    [Symbol.asyncIterator]: () => counted
  }
  return counted
}

function wrongLength (): EgressError {
  return new EgressError('request_invalid', 'the request body does not have the length that was announced')
}
