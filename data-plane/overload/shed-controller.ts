/** Something is let in at any time, or nobody would know when it is over. */
const maxShed = 0.95
/** Of all requests, for each second, where the delay is twice the target; three times as much where it is four times that. */
const risePerSecond = 0.5
const maxRise = 3
/** Slower than it rises: those who were turned away come back. */
const fallPerSecond = 0.2
/** One long pause between two looks is no reason for a leap. */
const maxStepSeconds = 0.25

/** Which part of the requests is turned away: more as long as the delay is above its target, less when it is below. */
export class ShedController {
  readonly #targetMs: number
  #lookedAt: number | null = null
  /** 0 to 0.95. */
  shed = 0

  constructor (targetMs: number) {
    this.#targetMs = targetMs
  }

  update (delayMs: number, now: number): number {
    const seconds = this.#lookedAt === null ? 0 : Math.min(maxStepSeconds, (now - this.#lookedAt) / 1_000)
    this.#lookedAt = now
    const excess = delayMs / this.#targetMs - 1
    const change = excess > 0 ? Math.min(excess, maxRise) * risePerSecond : -fallPerSecond
    this.shed = Math.min(maxShed, Math.max(0, this.shed + change * seconds))
    return this.shed
  }
}
