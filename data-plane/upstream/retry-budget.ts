import type { RetrySettings } from '#shared/upstream-options.ts'

/** What is not spent in this time is lost. */
const keepSeconds = 10
/** So many requests' shares are kept at the most. */
const keepRequests = 1_000

/** How many requests may be asked again: a share of all, and some in any case. The clock is `performance.now()`. */
export class RetryBudget {
  #tokens = Infinity
  #filledAt = 0

  /** Of each request that is asked for the first time. */
  deposit ({ percent }: RetrySettings['budget']): void {
    this.#tokens += percent / 100
  }

  /** @returns whether there was something to take */
  take ({ percent, minPerSecond }: RetrySettings['budget'], now: number): boolean {
    const most = minPerSecond * keepSeconds + percent / 100 * keepRequests
    this.#tokens = Math.min(most, this.#tokens + (now - this.#filledAt) / 1_000 * minPerSecond)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
