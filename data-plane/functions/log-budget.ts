const windowMs = 1_000
export const maxBytesPerSecond = 256 * 1024

/** How much one function may log, whatever its sandbox lets through: so many bytes in a second. */
export class LogBudget {
  #windowStart = 0
  #bytes = 0

  /** `exhausted` is said once, when the first line of a second does not fit any more. */
  spend (bytes: number, now: number): 'within' | 'exhausted' | 'dropped' {
    if (now - this.#windowStart >= windowMs) {
      this.#windowStart = now
      this.#bytes = 0
    }
    const wasWithin = this.#bytes <= maxBytesPerSecond
    this.#bytes += bytes
    if (this.#bytes <= maxBytesPerSecond) return 'within'
    return wasWithin ? 'exhausted' : 'dropped'
  }
}
