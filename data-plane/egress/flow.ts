import { FrameError } from '../functions/frames.ts'
import { ByteQueue, chunkCost } from './byte-queue.ts'
import { maxChunkBytes, windowBytes } from './protocol.ts'

/** What a sender may still send of one body. */
export class Credit {
  #left = windowBytes
  #isStopped = false
  #waiting: { cost: number, resolve: (granted: boolean) => void } | null = null

  /** Waits until a chunk of so many bytes may be sent. false: nothing is wanted any more. One caller at a time. */
  async take (bytes: number): Promise<boolean> {
    const cost = chunkCost(bytes)
    if (this.#isStopped || this.#left >= cost) {
      this.#left -= cost
      return !this.#isStopped
    }
    return await new Promise(resolve => { this.#waiting = { cost, resolve } })
  }

  /** @throws {FrameError} where more is given than there ever was */
  grant (cost: number): void {
    this.#left += cost
    if (this.#left > windowBytes) throw new FrameError('A window was opened further than it can be')
    const waiting = this.#waiting
    if (waiting === null || this.#left < waiting.cost) return
    this.#waiting = null
    this.#left -= waiting.cost
    waiting.resolve(true)
  }

  stop (): void {
    this.#isStopped = true
    this.#waiting?.resolve(false)
    this.#waiting = null
  }
}

/** What a receiver holds of one body, and how it tells the sender that there is room again. */
export class Inbox {
  readonly queue: ByteQueue
  readonly #onRoom: (cost: number) => void
  /** What the sender may still send. */
  #credit = windowBytes
  /** Passed on, and not told to the sender yet: a quarter of the window at a time keeps it going. */
  #owed = 0

  constructor (onRoom: (cost: number) => void, onCancel?: () => void) {
    this.#onRoom = onRoom
    this.queue = new ByteQueue({ onRead: cost => this.#release(cost), ...(onCancel && { onCancel }) })
  }

  /** @throws {FrameError} where the sender has sent more than it may */
  receive (chunk: Buffer): void {
    this.#credit -= chunkCost(chunk.length)
    if (this.#credit < 0) throw new FrameError('More was sent than was asked for')
    this.queue.push(chunk)
  }

  #release (cost: number): void {
    this.#owed += cost
    if (this.#owed < windowBytes / 4) return
    this.#credit += this.#owed
    this.#onRoom(this.#owed)
    this.#owed = 0
  }
}

/** In parts that a frame may carry. */
export function * slices (chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += maxChunkBytes) yield chunk.subarray(at, at + maxChunkBytes)
}
