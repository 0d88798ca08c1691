const sampleMs = 20
const samples = 5

/**
 * How long a request waits at least before this process looks at it: as late as a timer comes. The least of several in a row, so that one
 * long pause (of the collector, or of the machine) is none of it, and a queue that does not go down is: what CoDel calls a standing queue.
 */
export class LoopDelay {
  readonly #recent: number[] = Array.from({ length: samples }, () => 0)
  readonly #timer: NodeJS.Timeout
  #next = 0
  #due = performance.now() + sampleMs

  /** @param onSample after each look, 50 times a second where nothing is late */
  constructor (onSample: (standingMs: number, now: number) => void) {
    this.#timer = setInterval(() => {
      const now = performance.now()
      this.#recent[this.#next] = Math.max(0, now - this.#due)
      this.#next = (this.#next + 1) % samples
      this.#due = now + sampleMs
      onSample(Math.min(...this.#recent), now)
    }, sampleMs).unref()
  }

  close (): void {
    clearInterval(this.#timer)
  }
}
