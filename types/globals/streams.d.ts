interface QueuingStrategy<Chunk = unknown> {
  highWaterMark?: number
  size?: (chunk: Chunk) => number
}

interface ReadableWritablePair<Output = unknown, Input = unknown> {
  readonly readable: ReadableStream<Output>
  readonly writable: WritableStream<Input>
}

interface StreamPipeOptions { preventAbort?: boolean, preventCancel?: boolean, preventClose?: boolean, signal?: AbortSignal }

interface UnderlyingSource<Chunk = unknown> {
  type?: undefined
  start?: (controller: ReadableStreamDefaultController<Chunk>) => unknown
  pull?: (controller: ReadableStreamDefaultController<Chunk>) => void | PromiseLike<void>
  cancel?: (reason?: unknown) => void | PromiseLike<void>
}

interface UnderlyingByteSource {
  type: 'bytes'
  autoAllocateChunkSize?: number
  start?: (controller: ReadableByteStreamController) => unknown
  pull?: (controller: ReadableByteStreamController) => void | PromiseLike<void>
  cancel?: (reason?: unknown) => void | PromiseLike<void>
}

interface ReadableStream<Chunk = unknown> {
  readonly locked: boolean
  cancel: (reason?: unknown) => Promise<void>
  getReader: {
    (options: { mode: 'byob' }): ReadableStreamBYOBReader
    (options?: { mode?: undefined }): ReadableStreamDefaultReader<Chunk>
  }
  pipeThrough: <Output> (transform: { readable: ReadableStream<Output>, writable: WritableStream<Chunk> }, options?: StreamPipeOptions) => ReadableStream<Output>
  pipeTo: (destination: WritableStream<Chunk>, options?: StreamPipeOptions) => Promise<void>
  tee: () => [ReadableStream<Chunk>, ReadableStream<Chunk>]
  values: (options?: { preventCancel?: boolean }) => AsyncIteratorObject<Chunk, undefined>
  [Symbol.asyncIterator]: (options?: { preventCancel?: boolean }) => AsyncIteratorObject<Chunk, undefined>
}

declare var ReadableStream: {
  prototype: ReadableStream
  new (source: UnderlyingByteSource, strategy?: { highWaterMark?: number }): ReadableStream<Uint8Array<ArrayBuffer>>
  new <Chunk = unknown> (source?: UnderlyingSource<Chunk>, strategy?: QueuingStrategy<Chunk>): ReadableStream<Chunk>
  from: <Chunk> (iterable: Iterable<Chunk> | AsyncIterable<Chunk>) => ReadableStream<Chunk>
}

type ReadableStreamReadResult<Chunk> = { done: false, value: Chunk } | { done: true, value: Chunk | undefined }

interface ReadableStreamDefaultReader<Chunk = unknown> {
  readonly closed: Promise<undefined>
  cancel: (reason?: unknown) => Promise<void>
  read: () => Promise<ReadableStreamReadResult<Chunk>>
  releaseLock: () => void
}

declare var ReadableStreamDefaultReader: {
  prototype: ReadableStreamDefaultReader
  new <Chunk = unknown> (stream: ReadableStream<Chunk>): ReadableStreamDefaultReader<Chunk>
}

interface ReadableStreamBYOBReader {
  readonly closed: Promise<undefined>
  cancel: (reason?: unknown) => Promise<void>
  read: <View extends ArrayBufferView> (view: View, options?: { min?: number }) => Promise<ReadableStreamReadResult<View>>
  releaseLock: () => void
}

declare var ReadableStreamBYOBReader: { prototype: ReadableStreamBYOBReader, new (stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader }

interface ReadableStreamDefaultController<Chunk = unknown> {
  readonly desiredSize: number | null
  close: () => void
  enqueue: (chunk?: Chunk) => void
  error: (reason?: unknown) => void
}

declare var ReadableStreamDefaultController: { prototype: ReadableStreamDefaultController }

interface ReadableByteStreamController {
  readonly byobRequest: ReadableStreamBYOBRequest | null
  readonly desiredSize: number | null
  close: () => void
  enqueue: (chunk: ArrayBufferView<ArrayBuffer>) => void
  error: (reason?: unknown) => void
}

declare var ReadableByteStreamController: { prototype: ReadableByteStreamController }

interface ReadableStreamBYOBRequest {
  readonly view: ArrayBufferView<ArrayBuffer> | null
  respond: (bytesWritten: number) => void
  respondWithNewView: (view: ArrayBufferView<ArrayBuffer>) => void
}

declare var ReadableStreamBYOBRequest: { prototype: ReadableStreamBYOBRequest }
