import { NumberMap } from '../number-map.ts'

/** Something that has to be over by a certain time. */
export interface Deadline {
  /** `performance.now()`. */
  readonly deadlineAt: number
  /** The time has come; it is to be removed by whoever has added it, and may have been already. */
  expire: () => void
}

/** How exactly they are kept. */
const sweepMs = 25

/** One timer for all that is under way: most of it is over long before its time, and a timer of its own costs each more than a place in a table. */
export class Deadlines {
  readonly #pending = new NumberMap<Deadline>()
  #lastTicket = 0
  #timer: NodeJS.Timeout | null = null

  /** @returns what it is removed by */
  add (deadline: Deadline): number {
    this.#lastTicket = (this.#lastTicket + 1) >>> 0
    this.#pending.set(this.#lastTicket, deadline)
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs)
    return this.#lastTicket
  }

  remove (ticket: number): void {
    this.#pending.delete(ticket)
  }

  #sweep (): void {
    const now = performance.now()
    for (const deadline of this.#pending.values()) if (deadline.deadlineAt <= now) deadline.expire()
    if (this.#pending.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}
