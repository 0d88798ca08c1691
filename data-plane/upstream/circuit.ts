import type { CircuitBreakerSettings } from '#shared/upstream-options.ts'

/** Whether an upstream is asked at all. The clock is `performance.now()`. */
export class Circuit {
  #state: 'closed' | 'open' | 'half-open' = 'closed'
  #windowEnd = 0
  #requests = 0
  #failures = 0
  #openUntil = 0
  /** Of those that are let through to try. */
  #trials = 0
  #successes = 0

  /** To be followed by `end`. @returns 0, or the milliseconds after which to ask again */
  begin (settings: CircuitBreakerSettings, now: number): number {
    if (this.#state === 'open') {
      if (now < this.#openUntil) return this.#openUntil - now
      this.#state = 'half-open'
      this.#trials = 0
      this.#successes = 0
    }
    if (this.#state === 'half-open') {
      if (this.#trials >= settings.halfOpenRequests) return 1_000
      this.#trials++
    }
    return 0
  }

  /** @param failed `null`: it says nothing of the upstream @returns whether this has opened it */
  end (settings: CircuitBreakerSettings, now: number, failed: boolean | null): boolean {
    if (this.#state === 'half-open') return this.#endTrial(settings, now, failed)
    // Of those that were under way when it opened.
    if (this.#state === 'open' || failed === null) return false
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + settings.windowSeconds * 1_000
      this.#requests = 0
      this.#failures = 0
    }
    this.#requests++
    if (failed) this.#failures++
    const opens = this.#requests >= settings.minimumRequests && this.#failures * 100 >= settings.failurePercent * this.#requests
    if (opens) this.#open(settings, now)
    return opens
  }

  #endTrial (settings: CircuitBreakerSettings, now: number, failed: boolean | null): boolean {
    if (failed === null) {
      this.#trials = Math.max(0, this.#trials - 1)
      return false
    }
    if (failed) {
      this.#open(settings, now)
      return true
    }
    if (++this.#successes >= settings.halfOpenRequests) {
      this.#state = 'closed'
      this.#windowEnd = 0
    }
    return false
  }

  #open (settings: CircuitBreakerSettings, now: number): void {
    this.#state = 'open'
    this.#openUntil = now + settings.openSeconds * 1_000
  }
}
