import { LRUCache } from 'lru-cache'

/** What became of a request that others have waited for. `kept`: there is an answer now. `passed`: there is none for them. `lost`: somebody else may try. */
export type Landing = 'kept' | 'passed' | 'lost'

/** Longer nobody waits for another one's answer. */
const maxWaitMs = 5_000
/** What is not kept is not waited for again so soon. */
const passedMs = 10_000
const maxPassed = 10_000

/** Requests for the same that are under way: of those that come meanwhile none goes further (RFC 9211 calls it collapsed forwarding). */
export class Flights {
  readonly #underWay = new Map<string, Flight>()
  readonly #passed = new LRUCache<string, true>({ max: maxPassed, ttl: passedMs })

  /** @returns the one to wait for; `null`: there is none, or no use in waiting */
  find (key: string): Flight | null {
    return this.#underWay.get(key) ?? null
  }

  /** @returns `null`: such answers are not kept, or somebody is on the way already */
  begin (key: string): Flight | null {
    if (this.#underWay.has(key) || this.#passed.has(key)) return null
    const flight = new Flight(landing => {
      this.#underWay.delete(key)
      if (landing === 'passed') this.#passed.set(key, true)
    })
    this.#underWay.set(key, flight)
    return flight
  }
}

export class Flight {
  readonly landed: Promise<Landing>
  readonly #resolve: (landing: Landing) => void
  readonly #onLanding: (landing: Landing) => void
  readonly #timer: NodeJS.Timeout
  #isOver = false

  constructor (onLanding: (landing: Landing) => void) {
    const { promise, resolve } = Promise.withResolvers<Landing>()
    this.landed = promise
    this.#resolve = resolve
    this.#onLanding = onLanding
    this.#timer = setTimeout(() => this.land('passed'), maxWaitMs).unref()
  }

  land (landing: Landing): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#onLanding(landing)
    this.#resolve(landing)
  }
}
