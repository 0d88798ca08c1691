import { randomUUID } from 'node:crypto'
import { Problem } from '#shared/errors.ts'
import type { TraceAnswer, TraceQuestion } from '#shared/request-traces.ts'
import { opens, type Scope } from '../data-plane-tokens/scope.ts'
import type { Letter } from '../feed/mailbox.ts'
import type { FeedReaders } from '../feed/readers.ts'

/** Beside the time that a data plane gives its workers. */
const defaultPatienceMs = 5_000

/** One that was asked. */
export interface Asked {
  /** Its id; `null`: it has not said. */
  node: string | null
  /** `null`: it has not answered in time, or has gone. Never rejects. */
  answer: Promise<TraceAnswer | null>
}

/** Questions that data planes have been sent and not answered yet. Only this process knows of them. */
export class WaitingQuestions {
  readonly #readers: FeedReaders
  readonly #patienceMs: number
  readonly #waiting = new Map<string, { environment: string, settle: (answer: TraceAnswer | null) => void }>()

  constructor (readers: FeedReaders, { patienceMs = defaultPatienceMs } = {}) {
    this.#readers = readers
    this.#patienceMs = patienceMs
  }

  /** Asks all data planes that follow this control plane and serve the environment. @param signal nobody waits any more */
  ask (question: TraceQuestion, signal: AbortSignal): Asked[] {
    return this.#readers.toAsk(question.environment).map(({ mailbox, node }) => {
      const id = randomUUID()
      const { promise, resolve } = Promise.withResolvers<TraceAnswer | null>()
      const giveUp = (): void => resolve(null)
      const letter: Letter = { message: { type: 'ask', id, question }, onReturned: giveUp }
      const timer = setTimeout(giveUp, this.#patienceMs)
      signal.addEventListener('abort', giveUp)
      this.#waiting.set(id, { environment: question.environment, settle: resolve })
      mailbox.put(letter)
      return {
        node,
        answer: promise.finally(() => {
          clearTimeout(timer)
          signal.removeEventListener('abort', giveUp)
          this.#waiting.delete(id)
          mailbox.withdraw(letter)
        })
      }
    })
  }

  /** @throws {Problem} `question_not_found` */
  settle (id: string, answer: TraceAnswer, scope: Scope): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined || !opens(scope, waiting.environment)) throw new Problem('question_not_found')
    waiting.settle(answer)
  }
}
