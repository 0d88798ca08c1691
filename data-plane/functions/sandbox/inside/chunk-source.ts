import type { BodyReader } from '../../runtime/scope.ts'
import { asyncIterator } from './primordials.ts'
import type { ChunkSource } from './streams.ts'

/** Whether a function has returned something to iterate: an async generator, a `ReadableStream`, anything of the kind. Runs tenant code. */
export function isAsyncIterable (value: object): value is AsyncIterable<unknown> {
  return typeof (value as { [asyncIterator]?: unknown })[asyncIterator] === 'function'
}

/** @throws what tenant code throws */
export function fromIterable (iterable: AsyncIterable<unknown>): ChunkSource {
  const iterator = iterable[asyncIterator]()
  return {
    read: async () => {
      const result = await iterator.next()
      return result.done === true ? undefined : result.value ?? null
    },
    // A generator that waits for something ends when it has got it.
    cancel: () => iterator.return?.()
  }
}

export function fromReader (reader: BodyReader): ChunkSource {
  return { read: () => reader.read(), cancel: () => reader.cancel() }
}
