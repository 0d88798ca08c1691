import { kvLimits, type KvAnswer } from '#shared/kv.ts'
import { FrameError } from './frames.ts'
import { readKv } from './kv-frames.ts'
import type { Pending } from './pending.ts'
import type { FunctionKv } from './runner.ts'

export interface KvOperationEvents {
  kv: FunctionKv
  /** To be told to the sandbox, where the call is still open. */
  onAnswer: (pending: Pending, ticket: number, answer: KvAnswer) => void
  /** What the sandbox has not read yet. */
  bufferedBytes: () => number
}

/** Who asks for more while so much waits to be read is not a sandbox in its right mind. */
const maxBufferedBytes = 64 * 1024 * 1024

/** Carries out what the calls of one connection ask of key-value stores: always of the function's own environment. */
export class KvOperations {
  readonly #events: KvOperationEvents

  constructor (events: KvOperationEvents) {
    this.#events = events
  }

  /** @throws {FrameError} for what no sandbox in its right mind sends */
  receive (pending: Pending, payload: Buffer): void {
    const { ticket, operation } = readKv(payload)
    if (++pending.kvOperations > kvLimits.operationsPerCall) throw new FrameError('A call has too many operations on its key-value store')
    if (this.#events.bufferedBytes() > maxBufferedBytes) throw new FrameError('A sandbox asks and does not read')
    // From here on it may be carried out, whatever becomes of the sandbox.
    pending.departed = true
    const { gatewayId, environment } = pending.fn
    void this.#events.kv.run({ gatewayId, environment, operation }).then(answer => this.#events.onAnswer(pending, ticket, answer))
  }
}
