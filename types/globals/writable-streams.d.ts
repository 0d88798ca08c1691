interface UnderlyingSink<Chunk = unknown> {
  type?: undefined
  start?: (controller: WritableStreamDefaultController) => unknown
  write?: (chunk: Chunk, controller: WritableStreamDefaultController) => void | PromiseLike<void>
  close?: () => void | PromiseLike<void>
  abort?: (reason?: unknown) => void | PromiseLike<void>
}

interface WritableStream<Chunk = unknown> {
  readonly locked: boolean
  abort: (reason?: unknown) => Promise<void>
  close: () => Promise<void>
  getWriter: () => WritableStreamDefaultWriter<Chunk>
}

declare var WritableStream: {
  prototype: WritableStream
  new <Chunk = unknown> (sink?: UnderlyingSink<Chunk>, strategy?: QueuingStrategy<Chunk>): WritableStream<Chunk>
}

interface WritableStreamDefaultWriter<Chunk = unknown> {
  readonly closed: Promise<undefined>
  readonly desiredSize: number | null
  readonly ready: Promise<undefined>
  abort: (reason?: unknown) => Promise<void>
  close: () => Promise<void>
  releaseLock: () => void
  write: (chunk?: Chunk) => Promise<void>
}

declare var WritableStreamDefaultWriter: {
  prototype: WritableStreamDefaultWriter
  new <Chunk = unknown> (stream: WritableStream<Chunk>): WritableStreamDefaultWriter<Chunk>
}

interface WritableStreamDefaultController {
  readonly abortReason: unknown
  readonly signal: AbortSignal
  error: (reason?: unknown) => void
}

declare var WritableStreamDefaultController: { prototype: WritableStreamDefaultController }

interface Transformer<Input = unknown, Output = unknown> {
  readableType?: undefined
  writableType?: undefined
  start?: (controller: TransformStreamDefaultController<Output>) => unknown
  transform?: (chunk: Input, controller: TransformStreamDefaultController<Output>) => void | PromiseLike<void>
  flush?: (controller: TransformStreamDefaultController<Output>) => void | PromiseLike<void>
  cancel?: (reason?: unknown) => void | PromiseLike<void>
}

interface TransformStream<Input = unknown, Output = unknown> extends ReadableWritablePair<Output, Input> {}

declare var TransformStream: {
  prototype: TransformStream
  new <Input = unknown, Output = unknown> (
    transformer?: Transformer<Input, Output>, writableStrategy?: QueuingStrategy<Input>, readableStrategy?: QueuingStrategy<Output>
  ): TransformStream<Input, Output>
}

interface TransformStreamDefaultController<Output = unknown> {
  readonly desiredSize: number | null
  enqueue: (chunk?: Output) => void
  error: (reason?: unknown) => void
  terminate: () => void
}

declare var TransformStreamDefaultController: { prototype: TransformStreamDefaultController }

interface ByteLengthQueuingStrategy {
  readonly highWaterMark: number
  readonly size: (chunk: ArrayBufferView) => number
}

declare var ByteLengthQueuingStrategy: { prototype: ByteLengthQueuingStrategy, new (init: { highWaterMark: number }): ByteLengthQueuingStrategy }

interface CountQueuingStrategy {
  readonly highWaterMark: number
  readonly size: (chunk: unknown) => number
}

declare var CountQueuingStrategy: { prototype: CountQueuingStrategy, new (init: { highWaterMark: number }): CountQueuingStrategy }
