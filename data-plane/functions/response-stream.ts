import { Readable } from 'node:stream'
import { bodyWindow, chunkCost, owedBytes } from './body-flow.ts'
import { FrameError } from './frames.ts'

export interface ResponseStreamOptions {
  /** There is room for chunks worth so much more. */
  onRoom: (cost: number) => void
  /** Once, when the rest is not wanted any more. */
  onCancel: () => void
}

/**
 * The body of an answer, as the function writes it. Whoever reads slowly holds the function back. It ends when the function has ended it,
 * and fails with a `Problem` otherwise.
 */
export class ResponseStream extends Readable {
  readonly #onRoom: (cost: number) => void
  readonly #onCancel: () => void
  /** What the sandbox may still send. */
  #credit = bodyWindow
  /** Passed on, and not told to the sandbox yet. */
  #owed = 0
  /** Received, and not passed on yet. */
  #held = 0
  #isOver = false

  constructor ({ onRoom, onCancel }: ResponseStreamOptions) {
    // What is held is bounded by the credit.
    super({ highWaterMark: 1 })
    // Who reads it is told. Until somebody does, nobody is to fall over it.
    this.on('error', () => undefined)
    this.#onRoom = onRoom
    this.#onCancel = onCancel
  }

  /** @throws {FrameError} where the sandbox has sent more than it may */
  receive (chunk: Buffer): void {
    const cost = chunkCost(chunk.length)
    this.#credit -= cost
    if (this.#credit < 0) throw new FrameError('More was sent than was asked for')
    this.#held += cost
    if (!this.destroyed && chunk.length > 0) this.push(chunk)
  }

  finish (): void {
    this.#isOver = true
    this.push(null)
  }

  /** All that was received has been passed on. */
  override _read (): void {
    this.#owed += this.#held
    this.#held = 0
    if (this.#owed < owedBytes) return
    const cost = this.#owed
    this.#owed = 0
    this.#credit += cost
    this.#onRoom(cost)
  }

  override _destroy (error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#isOver) this.#onCancel()
    this.#isOver = true
    callback(error)
  }
}
