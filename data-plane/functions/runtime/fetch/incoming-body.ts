import type { ReadableByteStreamController } from 'web-streams-polyfill'
import { concatenate } from '../byte-sequences.ts'
import { scope } from '../scope.ts'

type Controller = ReadableByteStreamController

/** How much a stream holds that nobody has asked for yet. */
const streamBufferBytes = 64 * 1024

/**
 * The body of a response that is still on its way. Text, JSON and bytes are put together from the chunks as they come; a stream is made
 * for who asks for one.
 */
export class IncomingBody {
  readonly #read: (bytes: number) => void
  readonly #abort: () => void
  #chunks: Uint8Array[] = []
  /** Taken from the host, and not acknowledged yet. */
  #owedBytes = 0
  #state: 'open' | 'ended' | 'failed' = 'open'
  #error: unknown
  #whole: PromiseWithResolvers<Uint8Array> | undefined
  #controller: Controller | undefined

  /** @param read says that there is room for so many bytes more @param abort says that the rest is not wanted */
  constructor (read: (bytes: number) => void, abort: () => void) {
    this.#read = read
    this.#abort = abort
  }

  receive (chunk: Uint8Array<ArrayBuffer>): void {
    if (this.#state !== 'open') return
    // A chunk that is enqueued is no longer this one's to ask.
    const { length } = chunk
    if (this.#controller === undefined) this.#chunks.push(chunk)
    else this.#controller.enqueue(chunk)
    if (this.#whole === undefined) this.#owedBytes += length
    else this.#read(length)
  }

  end (): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#whole?.resolve(concatenate(this.#chunks))
    if (this.#controller !== undefined) close(this.#controller)
  }

  fail (error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.#error = error
    this.#chunks = []
    this.#whole?.reject(error)
    this.#controller?.error(error)
  }

  async readAll (): Promise<Uint8Array> {
    if (this.#state === 'failed') throw this.#error
    if (this.#state === 'ended') return concatenate(this.#chunks)
    this.#whole = Promise.withResolvers()
    this.#acknowledge()
    return await this.#whole.promise
  }

  /** @param isTaken it was read without one: it is of nothing, and disturbed */
  toStream (isTaken: boolean): ReadableStream {
    const stream = new (scope.use('streams').ReadableStream)<Uint8Array>({
      type: 'bytes',
      start: controller => {
        if (isTaken) return controller.close()
        if (this.#state === 'failed') return controller.error(this.#error)
        for (const chunk of this.#chunks) controller.enqueue(chunk)
        this.#chunks = []
        if (this.#state === 'ended') close(controller)
        else this.#controller = controller
      },
      pull: () => this.#acknowledge(),
      cancel: () => {
        this.#state = 'ended'
        this.#abort()
      }
    }, { highWaterMark: streamBufferBytes }) as ReadableStream<Uint8Array>
    if (isTaken) void stream.cancel()
    return stream
  }

  #acknowledge (): void {
    if (this.#owedBytes === 0) return
    this.#read(this.#owedBytes)
    this.#owedBytes = 0
  }
}

/** Streams, section 4.7.3: whoever waits with a buffer of her own is told by an answer of no bytes. */
function close (controller: Controller): void {
  controller.close()
  controller.byobRequest?.respond(0)
}
