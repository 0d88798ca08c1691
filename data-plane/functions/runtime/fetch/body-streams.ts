import { utf8fromStringLoose } from '@exodus/bytes/utf8.js'
import { concatenate } from '../byte-sequences.ts'
import { scope } from '../scope.ts'
import type { BodyReader } from '../scope.ts'
import { types } from '../shims/undici/node.ts'

interface PolyfillStream { _disturbed: boolean }

export function isReadableStream (value: unknown): value is ReadableStream {
  return typeof value === 'object' && scope.isLoaded('streams') && value instanceof scope.use('streams').ReadableStream
}

/** Whether it was ever read from or cancelled, which a stream tells nobody but its own implementation. */
export function isDisturbed (stream: ReadableStream): boolean {
  return (stream as unknown as PolyfillStream)._disturbed
}

/** A stream of one chunk; `isTaken`: of none, and disturbed, for content that was read without one. */
export function toStream (content: string | Uint8Array, isTaken: boolean): ReadableStream {
  const stream = new (scope.use('streams').ReadableStream)<Uint8Array>({
    type: 'bytes',
    pull (controller) {
      const bytes = typeof content === 'string' ? utf8fromStringLoose(content) : content.slice()
      if (bytes.length > 0 && !isTaken) controller.enqueue(bytes)
      controller.close()
      controller.byobRequest?.respond(0)
    }
  }) as ReadableStream<Uint8Array>
  if (isTaken) void stream.cancel()
  return stream
}

/** Fetch, "extract a body" for what undici takes beyond the standard: an async iterable, of bytes or of text. */
export function fromIterable (iterable: AsyncIterable<unknown>): ReadableStream {
  const iterator = iterable[Symbol.asyncIterator]()
  return new (scope.use('streams').ReadableStream)<Uint8Array>({
    async pull (controller) {
      const { done, value } = await iterator.next()
      if (done === true) return controller.close()
      controller.enqueue(typeof value === 'string' ? utf8fromStringLoose(value) : toChunk(value))
    },
    async cancel (reason) {
      await iterator.return?.(reason)
    }
  }, { highWaterMark: 0 }) as ReadableStream<Uint8Array>
}

/** Streams, "read all bytes". */
export async function readAll (stream: ReadableStream): Promise<Uint8Array> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concatenate(chunks)
    chunks.push(toChunk(value))
  }
}

export function toReader (reader: ReadableStreamDefaultReader): BodyReader {
  return {
    read: async () => {
      const { done, value } = await reader.read()
      return done ? undefined : toChunk(value)
    },
    cancel: async reason => await reader.cancel(reason)
  }
}

/** @throws {TypeError} for anything but a `Uint8Array` */
export function toChunk (value: unknown): Uint8Array {
  if (types.isUint8Array(value)) return value as Uint8Array
  throw new TypeError('A chunk of the body is not a Uint8Array')
}
