import { randomUUID } from 'node:crypto'
import type { Invocation, InvocationResult } from '#shared/invocations.ts'
import { Problem } from '#shared/errors.ts'
import { opens, type Scope } from '../data-plane-tokens/scope.ts'
import type { Letter } from '../feed/mailbox.ts'
import type { FeedReaders } from '../feed/readers.ts'

/** For the way to the data plane and back, and a sandbox that has to be started. */
const defaultGraceMs = 10_000

/** Invocations that were sent to a data plane and have no result yet. Only this process knows of them. */
export class WaitingInvocations {
  readonly #readers: FeedReaders
  readonly #graceMs: number
  readonly #waiting = new Map<string, { environment: string, pending: PromiseWithResolvers<InvocationResult> }>()

  constructor (readers: FeedReaders, { graceMs = defaultGraceMs } = {}) {
    this.#readers = readers
    this.#graceMs = graceMs
  }

  /**
   * Sends it to one data plane, once, and waits.
   * @param signal nobody waits any more
   * @throws {Problem} `no_data_plane`, `invocation_timeout`
   */
  async send (invocation: Invocation, signal: AbortSignal): Promise<InvocationResult> {
    const mailbox = this.#readers.choose(invocation.environment)
    if (mailbox === null) throw noDataPlane()
    const id = randomUUID()
    const pending = Promise.withResolvers<InvocationResult>()
    const letter: Letter = { message: { type: 'invoke', id, invocation }, onReturned: () => pending.reject(noDataPlane()) }
    const giveUp = (): void => pending.reject(new Problem('invocation_timeout'))
    const timer = setTimeout(giveUp, invocation.timeoutMs + this.#graceMs)
    signal.addEventListener('abort', giveUp)
    this.#waiting.set(id, { environment: invocation.environment, pending })
    mailbox.put(letter)
    try {
      return await pending.promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      this.#waiting.delete(id)
      mailbox.withdraw(letter)
    }
  }

  /** @throws {Problem} `invocation_not_found` */
  settle (id: string, result: InvocationResult, scope: Scope): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined || !opens(scope, waiting.environment)) throw new Problem('invocation_not_found')
    this.#waiting.delete(id)
    waiting.pending.resolve(result)
  }
}

function noDataPlane (): Problem {
  return new Problem('no_data_plane', undefined, { headers: { 'retry-after': '5' } })
}
