import { Problem } from '#shared/errors.ts'
import { functionOf } from './blame.ts'
import type { Pending } from './pending.ts'
import { explainEnd, explainLost, lossCodes, type OwnerWord } from './owner-words.ts'
import type { SandboxNews } from './placement.ts'
import type { RunnableFunction } from './runner.ts'

type Verdict = Extract<SandboxNews, { type: 'lost' }>

export interface LossEvents {
  retry: (pending: Pending) => void
  /** @param requestId `null`: of no call in particular */
  tell: (fn: RunnableFunction, requestId: string | null, word: OwnerWord) => void
}

interface Loss {
  lost: Pending[]
  functions: RunnableFunction[]
}

/** The supervisor sees the end of a sandbox as soon as the edge does, on a machine that has time; without a word by then it has other worries. */
const verdictDeadlineMs = 5_000
const maxVerdicts = 64
/** Owners of calls that went with a sandbox: whoever has a thousand calls in it need not read a thousand lines. */
const maxTold = 100

/**
 * Brings together what an edge worker sees (a connection has ended, and with it these calls) and what the supervisor sees (a process has
 * ended, by this function and for this reason), in whichever order they come.
 */
export class Losses {
  readonly #events: LossEvents
  readonly #verdicts = new Map<string, Verdict>()
  readonly #losses = new Map<string, Loss & { deadline: NodeJS.Timeout }>()
  #isClosed = false

  constructor (events: LossEvents) {
    this.#events = events
  }

  /** Calls that nobody will say anything about any more fail at once. */
  add (socket: string, loss: Loss, isBroken: boolean): void {
    const verdict = this.#verdicts.get(socket)
    if (verdict !== undefined || isBroken || this.#isClosed) return this.#settle(loss, verdict)
    if (loss.lost.length === 0 && loss.functions.length === 0) return
    const deadline = setTimeout(() => this.#take(socket), verdictDeadlineMs)
    this.#take(socket)
    this.#losses.set(socket, { ...loss, deadline })
  }

  hear (verdict: Verdict): void {
    this.#verdicts.set(verdict.socket, verdict)
    const [oldest] = this.#verdicts.keys()
    if (this.#verdicts.size > maxVerdicts && oldest !== undefined) this.#verdicts.delete(oldest)
    this.#take(verdict.socket, verdict)
  }

  close (): void {
    this.#isClosed = true
    for (const socket of this.#losses.keys()) this.#take(socket)
  }

  #take (socket: string, verdict?: Verdict): void {
    const loss = this.#losses.get(socket)
    if (loss === undefined) return
    this.#losses.delete(socket)
    clearTimeout(loss.deadline)
    this.#settle(loss, verdict)
  }

  #settle ({ lost, functions }: Loss, verdict: Verdict | undefined): void {
    const isCulprit = (fn: RunnableFunction): boolean => verdict !== undefined && functionOf(fn.key) === verdict.culprit
    let isTold = false
    let told = 0
    for (const pending of lost) {
      if (verdict !== undefined && isCulprit(pending.fn)) {
        isTold = true
        this.#events.tell(pending.fn, pending.call.requestId, explainEnd(verdict))
        pending.reject(new Problem(lossCodes[verdict.reason]))
      } else if (verdict === undefined || pending.departed || pending.retried) {
        if (++told <= maxTold) this.#events.tell(pending.fn, pending.call.requestId, explainLost(pending, verdict))
        pending.reject(new Problem('sandbox_lost'))
      } else {
        pending.retried = true
        this.#events.retry(pending)
      }
    }
    const culprit = functions.find(isCulprit)
    if (!isTold && verdict !== undefined && culprit !== undefined) this.#events.tell(culprit, null, explainEnd(verdict))
  }
}
