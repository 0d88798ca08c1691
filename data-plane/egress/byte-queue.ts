/** What holding a chunk takes beside its bytes: without it, a body that comes byte by byte would not count for anything. */
const chunkOverheadBytes = 64

/** What a chunk counts for wherever memory is bounded. */
export function chunkCost (bytes: number): number {
  return bytes + chunkOverheadBytes
}

export interface ByteQueueOptions {
  /** A chunk was taken out: there is room for so much more. */
  onRead?: (cost: number) => void
  /** The reader does not want the rest. */
  onCancel?: () => void
}

/** Bytes on their way from somebody who pushes to one reader who pulls. How much is pushed is for the one who pushes to mind: `cost`. */
export class ByteQueue implements AsyncIterableIterator<Buffer> {
  readonly #onRead: ((cost: number) => void) | undefined
  readonly #onCancel: (() => void) | undefined
  #chunks: Buffer[] = []
  #cost = 0
  #state: 'open' | 'ended' | 'failed' = 'open'
  #error: unknown
  #waiting: PromiseWithResolvers<IteratorResult<Buffer>> | null = null

  constructor ({ onRead, onCancel }: ByteQueueOptions = {}) {
    this.#onRead = onRead
    this.#onCancel = onCancel
  }

  /** Of what was pushed and not yet read. */
  get cost (): number {
    return this.#cost
  }

  push (chunk: Buffer): void {
    if (this.#state !== 'open' || chunk.length === 0) return
    const waiting = this.#takeWaiting()
    if (waiting !== null) {
      waiting.resolve({ done: false, value: chunk })
      this.#onRead?.(chunkCost(chunk.length))
      return
    }
    this.#chunks.push(chunk)
    this.#cost += chunkCost(chunk.length)
  }

  end (): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#takeWaiting()?.resolve({ done: true, value: undefined })
  }

  /** What was not yet read is dropped; the reader gets the error. */
  fail (error: unknown): void {
    if (this.#state === 'failed' || (this.#state === 'ended' && this.#chunks.length === 0)) return
    this.#state = 'failed'
    this.#error = error
    this.#drop()
    this.#takeWaiting()?.reject(error)
  }

  async next (): Promise<IteratorResult<Buffer>> {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      const cost = chunkCost(chunk.length)
      this.#cost -= cost
      this.#onRead?.(cost)
      return { done: false, value: chunk }
    }
    if (this.#state === 'failed') throw this.#error
    if (this.#state === 'ended') return { done: true, value: undefined }
    this.#waiting = Promise.withResolvers()
    return await this.#waiting.promise
  }

  async return (): Promise<IteratorResult<Buffer>> {
    const wasOpen = this.#state === 'open'
    this.#state = 'ended'
    this.#drop()
    this.#takeWaiting()?.resolve({ done: true, value: undefined })
    if (wasOpen) this.#onCancel?.()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  #drop (): void {
    this.#chunks = []
    this.#cost = 0
  }

  #takeWaiting (): PromiseWithResolvers<IteratorResult<Buffer>> | null {
    const waiting = this.#waiting
    this.#waiting = null
    return waiting
  }
}
