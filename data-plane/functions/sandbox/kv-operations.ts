import { kvFailed, kvLimits, type KvAnswer } from '#shared/kv.ts'
import { kvWindow } from '../kv-flow.ts'
import { kvCost, parseKvOperation } from '../kv-frames.ts'
import type { Call, Caller } from './call.ts'
import { inKinds } from './inside/in-kinds.ts'
import type { Progress } from './updates.ts'

/** The isolate is to be told so. */
export type OnKvAnswer = (call: Call, progress: Progress) => void

interface Open {
  call: Call
  id: number
  cost: number
}

/** The operations of one isolate on its key-value store, passed on to whoever made the call. */
export class KvOperations {
  readonly #onAnswer: OnKvAnswer
  readonly #open = new Map<number, Open>()
  #cost = 0
  #nextTicket = 1

  constructor (onAnswer: OnKvAnswer) {
    this.#onAnswer = onAnswer
  }

  /** The harness has seen to all this, but was within reach of tenant code. @param text JSON of a `KvOperation` */
  start (call: Call, id: number, text: string): void {
    const operation = parseKvOperation(text)
    if (operation === null) return this.#tell(call, id, JSON.stringify(unreadable))
    const cost = kvCost(operation)
    if (this.#cost + cost > kvWindow || call.kvOperations >= kvLimits.operationsPerCall) return this.#tell(call, id, JSON.stringify(tooMany))
    call.kvOperations++
    this.#cost += cost
    const ticket = this.#nextTicket
    this.#nextTicket = ticket === 0xffffffff ? 1 : ticket + 1
    this.#open.set(ticket, { call, id, cost })
    call.caller.kv(call.id, ticket, text)
  }

  /** @param text JSON of a `KvAnswer` */
  answer (caller: Caller, ticket: number, text: string): void {
    const open = this.#open.get(ticket)
    if (open === undefined || open.call.caller !== caller) return
    this.#open.delete(ticket)
    this.#cost -= open.cost
    this.#tell(open.call, open.id, text)
  }

  /** What it has begun is carried out, and nobody hears of it. */
  endCall (call: Call): void {
    if (this.#open.size === 0) return
    for (const [ticket, open] of this.#open) {
      if (open.call !== call) continue
      this.#open.delete(ticket)
      this.#cost -= open.cost
    }
  }

  #tell (call: Call, id: number, text: string): void {
    this.#onAnswer(call, {
      write: crossing => {
        crossing.add(inKinds.kv, call.number, String(id), text)
        return null
      }
    })
  }
}

const unreadable: KvAnswer = kvFailed('kv_option_invalid', 'The operation cannot be read.')
const tooMany: KvAnswer = kvFailed('kv_limit_exceeded', 'There are too many operations at once.')
