/**
 * Milliseconds since the isolate's context was made, as whole numbers and never backwards. Whole milliseconds, because a
 * finer clock lets tenant code time what its neighbours do; built on `Date.now` because an isolate has no other clock.
 */
export class MonotonicClock {
  /** Unix time in milliseconds. */
  readonly timeOrigin: number
  readonly #wallClock: () => number
  #offset: number
  #last = 0

  constructor (wallClock: () => number) {
    this.#wallClock = wallClock
    this.timeOrigin = wallClock()
    this.#offset = -this.timeOrigin
  }

  now (): number {
    this.advanceTo(this.#wallClock() + this.#offset)
    return this.#last
  }

  /** Takes the host's word that `time` has come, so that a wall clock set back holds no timer up. */
  advanceTo (time: number): void {
    if (time >= this.#last) this.#last = time
    this.#offset = this.#last - this.#wallClock()
  }
}
