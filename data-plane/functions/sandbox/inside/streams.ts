import { bodyWindow, chunkCost, maxChunkBytes } from '../../body-flow.ts'
import type { Outbox } from './outbox.ts'
import { binaryLength, isBinary, type Parcels } from './parcels.ts'
import { Bytes, isView, NativePromise, safeMap, viewBuffer, viewByteOffset } from './primordials.ts'
import { textPart, utf8Length } from './text-chunks.ts'

/** Where the chunks of an answer come from: tenant code, all of it. */
export interface ChunkSource {
  /** Text or bytes; `undefined` at the end. */
  read: () => Promise<unknown>
  cancel: () => unknown
}

export interface StreamEvents {
  onEnd: (call: number) => void
  /** @param isLate the head has left before */
  onFailure: (call: number, thrown: unknown, isLate: boolean) => void
  /** What a source throws when it is told that nobody wants the rest. */
  onUnwilling: (thrown: unknown) => void
}

/** One answer. */
class Stream {
  readonly call: number
  readonly status: number
  readonly headers: string
  readonly source: ChunkSource
  /** The next one whose head has not left. */
  next: Stream | null = null
  headHasLeft = false
  isOver = false
  credit = bodyWindow
  /** Who waits for more of it. */
  wake: (() => void) | null = null

  constructor (call: number, status: number, headers: string, source: ChunkSource) {
    this.call = call
    this.status = status
    this.headers = headers
    this.source = source
  }
}

/** Answers whose body streams: read from the function as fast as whoever has asked reads. */
export class Streams {
  readonly #outbox: Outbox
  readonly #parcels: Parcels
  readonly #events: StreamEvents
  readonly #open = safeMap<number, Stream>()
  #withoutHead: Stream | null = null

  constructor (outbox: Outbox, parcels: Parcels, events: StreamEvents) {
    this.#outbox = outbox
    this.#parcels = parcels
    this.#events = events
  }

  /**
   * The head leaves with the first chunk, and at the latest with what this turn leaves: a function that throws until then can still be
   * answered with an error.
   */
  send (call: number, status: number, headers: string, source: ChunkSource): void {
    const stream = new Stream(call, status, headers, source)
    stream.next = this.#withoutHead
    this.#withoutHead = stream
    this.#open.set(call, stream)
    void this.#run(stream)
  }

  /** What this turn leaves is about to be taken. */
  releaseHeads (): void {
    for (let stream = this.#withoutHead; stream !== null; stream = stream.next) this.#releaseHead(stream)
    this.#withoutHead = null
  }

  /** There is room for chunks worth so much more. */
  grant (call: number, cost: number): void {
    const stream = this.#open.get(call)
    if (stream === undefined) return
    stream.credit += cost
    stream.wake?.()
  }

  /** Nobody wants the rest. */
  cancel (call: number): void {
    const stream = this.#open.get(call)
    if (stream === undefined) return
    this.#close(stream)
    stream.wake?.()
    void this.#stop(stream.source)
  }

  async #run (stream: Stream): Promise<void> {
    try {
      for (;;) {
        const chunk = await stream.source.read()
        if (stream.isOver) return
        if (chunk !== undefined && !isChunk(chunk)) throw new TypeError('A chunk of the response is neither text nor bytes.')
        this.#releaseHead(stream)
        if (chunk === undefined) break
        await this.#sendChunk(stream, chunk)
        if (stream.isOver) return
      }
    } catch (thrown) {
      if (stream.isOver) return
      this.#close(stream)
      this.#events.onFailure(stream.call, thrown, stream.headHasLeft)
      // Its head is not to leave any more.
      stream.headHasLeft = true
      return await this.#stop(stream.source)
    }
    this.#close(stream)
    this.#outbox.end(stream.call)
    this.#events.onEnd(stream.call)
  }

  async #sendChunk (stream: Stream, chunk: string | object): Promise<void> {
    if (typeof chunk === 'string') return await this.#sendText(stream, chunk)
    const length = binaryLength(chunk)
    const bytes = isView(chunk) ? new Bytes(viewBuffer(chunk), viewByteOffset(chunk), length) : new Bytes(chunk as ArrayBuffer)
    for (let at = 0; at < length; at += maxChunkBytes) {
      const size = length - at < maxChunkBytes ? length - at : maxChunkBytes
      if (!await this.#spend(stream, size)) return
      // Throws where tenant code has taken the memory away meanwhile.
      this.#outbox.chunkBytes(stream.call, this.#parcels.put(new Bytes(viewBuffer(bytes), viewByteOffset(bytes) + at, size)))
    }
  }

  async #sendText (stream: Stream, text: string): Promise<void> {
    for (let at = 0; at < text.length;) {
      const part = textPart(text, at)
      if (!await this.#spend(stream, utf8Length(part))) return
      this.#outbox.chunk(stream.call, part)
      at += part.length
    }
  }

  /** Waits until so many bytes may be sent. false: nobody wants them any more. */
  async #spend (stream: Stream, bytes: number): Promise<boolean> {
    const cost = chunkCost(bytes)
    while (stream.credit < cost) {
      await new NativePromise<void>(resolve => { stream.wake = resolve })
      stream.wake = null
      if (stream.isOver) return false
    }
    stream.credit -= cost
    return true
  }

  #releaseHead (stream: Stream): void {
    if (stream.headHasLeft) return
    stream.headHasLeft = true
    this.#outbox.head(stream.call, stream.status, stream.headers)
  }

  #close (stream: Stream): void {
    stream.isOver = true
    this.#open.delete(stream.call)
  }

  async #stop (source: ChunkSource): Promise<void> {
    try {
      await source.cancel()
    } catch (thrown) {
      this.#events.onUnwilling(thrown)
    }
  }
}

function isChunk (value: unknown): value is string | object {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && isBinary(value))
}
