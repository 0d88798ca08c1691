/** Something that has to be over by a certain time. */
export interface Deadline {
  /** `performance.now()`. */
  readonly deadlineAt: number
  /** The time has come; it is to be removed by whoever has added it. */
  expire: () => void
}

/** How exactly they are kept. */
const sweepMs = 25

/** One timer for all that is under way: most of it is over long before its time, and a timer of its own costs each more than a place in a set. */
export class Deadlines {
  readonly #pending = new Set<Deadline>()
  #timer: NodeJS.Timeout | null = null

  add (deadline: Deadline): void {
    this.#pending.add(deadline)
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs)
  }

  remove (deadline: Deadline): void {
    this.#pending.delete(deadline)
  }

  #sweep (): void {
    const now = performance.now()
    for (const deadline of this.#pending) if (deadline.deadlineAt <= now) deadline.expire()
    if (this.#pending.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}
