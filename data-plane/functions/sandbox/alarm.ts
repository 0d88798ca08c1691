/** Wakes an isolate for its timers. */
export class Alarm {
  readonly #onDue: () => void
  #timer: NodeJS.Timeout | undefined
  #isDue = false

  constructor (onDue: () => void) {
    this.#onDue = onDue
  }

  get isDue (): boolean { return this.#isDue }

  /** @param delayMs 0: at once; -1: never */
  set (delayMs: number): void {
    this.clear()
    this.#isDue = delayMs === 0
    if (delayMs <= 0) return
    this.#timer = setTimeout(() => {
      this.#isDue = true
      this.#onDue()
    }, delayMs)
  }

  clear (): void {
    clearTimeout(this.#timer)
    this.#isDue = false
  }
}
