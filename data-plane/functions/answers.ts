import type { Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import { FrameError, frameTypes } from './frames.ts'
import { functionLimits } from './limits.ts'
import { readFailed } from './messages.ts'
import { toProblem, type Pending } from './pending.ts'
import { ResponseStream } from './response-stream.ts'
import { readResult, type BufferedResult } from './result.ts'

export interface AnswerEvents {
  /** Nothing more is to be said of the call. Comes before whoever made it hears so. */
  onOver: (pending: Pending) => void
  /** The rest of the answer is not wanted. */
  onCancel: (pending: Pending) => void
  /** There is room for chunks of the body worth so much more. */
  onRoom: (pending: Pending, cost: number) => void
  /** What the owner of the function has to know. */
  tellOwner: (pending: Pending, message: string) => void
  clock: Clock
}

/** Turns what a sandbox says of a call into an answer to who made it. */
export class Answers {
  readonly #events: AnswerEvents

  constructor (events: AnswerEvents) {
    this.#events = events
  }

  /** @throws {FrameError} for what no sandbox in its right mind sends */
  receive (pending: Pending, type: number, payload: Buffer): void {
    switch (type) {
      case frameTypes.result: return this.#answer(pending, payload)
      case frameTypes.failed:
        this.#events.onOver(pending)
        return pending.reject(toProblem(readFailed(payload)))
      case frameTypes.departed:
        pending.departed = true
        return
      case frameTypes.bodyChunk:
        if (pending.stream === null) throw new FrameError('A body has no head')
        pending.stream.receive(payload)
        return this.#prolong(pending)
      case frameTypes.bodyEnd:
        this.#events.onOver(pending)
        return pending.stream?.finish()
      default: throw new FrameError(`A sandbox sends no frame of type ${type}`)
    }
  }

  #answer (pending: Pending, payload: Buffer): void {
    if (pending.stream !== null) throw new FrameError('A call was answered twice')
    const result = readResult(payload)
    if ('isStream' in result && result.body !== null) return this.#stream(pending, result)
    if ('isStream' in result) this.#events.onCancel(pending)
    this.#events.onOver(pending)
    if (!('invalid' in result)) return pending.resolve(result)
    this.#events.tellOwner(pending, result.invalid)
    pending.reject(new Problem('function_result_invalid'))
  }

  #stream (pending: Pending, { status, headers }: BufferedResult): void {
    const stream = new ResponseStream({
      onRoom: cost => this.#events.onRoom(pending, cost),
      onCancel: () => this.#events.onCancel(pending)
    })
    pending.stream = stream
    pending.streamsUntil = this.#events.clock.now() + functionLimits.streamMs
    this.#prolong(pending)
    pending.resolve({ status, headers, body: stream })
    // Whatever ends it from now on has something to take back.
    pending.departed = true
  }

  #prolong (pending: Pending): void {
    pending.deadline = Math.min(pending.streamsUntil, this.#events.clock.now() + functionLimits.streamIdleMs)
  }
}
