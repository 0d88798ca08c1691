import type { KvAnswer } from '#shared/kv.ts'
import { kvWindow } from '../../kv-flow.ts'
import type { LiveCalls } from './live-calls.ts'
import type { Outbox } from './outbox.ts'
import { parseJson, safeMap } from './primordials.ts'

/** An operation on its way. */
export interface Operation {
  readonly call: number
  /** JSON of a `KvOperation`; empty when it has left. */
  text: string
  readonly cost: number
  readonly settle: (answer: KvAnswer) => void
  /** 0: it waits to leave. */
  id: number
  isOver: boolean
  /** The one that waits behind it. */
  next: Operation | null
}

/** Where the operations of all calls of the isolate leave, in their order, as many at a time as may. */
export class KvGate {
  readonly #outbox: Outbox
  readonly #live: LiveCalls
  readonly #sent = safeMap<number, Operation>()
  #room = kvWindow
  /** Room that comes free with the ends of calls, which the process has to hear of first. */
  #freed = 0
  #nextId = 1
  #first: Operation | null = null
  #last: Operation | null = null

  constructor (outbox: Outbox, live: LiveCalls) {
    this.#outbox = outbox
    this.#live = live
  }

  isLive (call: number): boolean {
    return this.#live.has(call)
  }

  add (operation: Operation): void {
    if (this.#last === null) this.#first = operation
    else this.#last.next = operation
    this.#last = operation
    this.#release()
  }

  /** @param text JSON of a `KvAnswer` */
  answer (id: number, text: string): void {
    const operation = this.#sent.get(id)
    if (operation === undefined) return
    this.#close(operation)
    this.#room += operation.cost
    this.#release()
    operation.settle(parseJson(text) as KvAnswer)
  }

  /** Its call has ended: nobody waits for it any more. */
  forget (operation: Operation): void {
    if (operation.id !== 0) this.#freed += operation.cost
    this.#close(operation)
  }

  /** What this turn leaves is about to be taken. */
  finishTurn (): void {
    this.#room += this.#freed
    this.#freed = 0
    this.#release()
  }

  #close (operation: Operation): void {
    operation.isOver = true
    operation.text = ''
    this.#sent.delete(operation.id)
  }

  #release (): void {
    for (let operation = this.#first; operation !== null && (operation.isOver || operation.cost <= this.#room); operation = this.#first) {
      this.#first = operation.next
      if (this.#first === null) this.#last = null
      operation.next = null
      if (!operation.isOver) this.#send(operation)
    }
  }

  #send (operation: Operation): void {
    operation.id = this.#nextId++
    this.#room -= operation.cost
    this.#sent.set(operation.id, operation)
    this.#outbox.kv(operation.call, operation.id, operation.text)
    operation.text = ''
  }
}
