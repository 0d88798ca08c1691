import type { Store } from '../store/store.ts'

/** Between two rings, so that a flood of commits is read in few readings: little for one who follows, and longer for many, whom each ring costs more. */
const shortestPauseMs = 5
const pausePerFollowerMs = 0.05
const longestPauseMs = 50

/** Tells all who follow the feed that something was committed: the first time at once, and in a flood after a pause, for all that has come. */
export class Followers {
  readonly #store: Pick<Store, 'onCommit'>
  readonly #rings = new Set<() => void>()
  #stop: (() => void) | null = null
  #lastAt = -Infinity
  #pause: NodeJS.Timeout | null = null

  constructor (store: Pick<Store, 'onCommit'>) {
    this.#store = store
  }

  /** Returns what ends it. */
  join (ring: () => void): () => void {
    this.#rings.add(ring)
    this.#stop ??= this.#store.onCommit(() => this.#onCommit())
    return () => {
      this.#rings.delete(ring)
      if (this.#rings.size > 0) return
      this.#stop?.()
      this.#stop = null
      if (this.#pause !== null) clearTimeout(this.#pause)
      this.#pause = null
    }
  }

  #onCommit (): void {
    if (this.#pause !== null) return
    const pauseMs = Math.min(longestPauseMs, shortestPauseMs + this.#rings.size * pausePerFollowerMs)
    const leftMs = this.#lastAt + pauseMs - performance.now()
    if (leftMs <= 0) this.#ring()
    else this.#pause = setTimeout(() => this.#ring(), leftMs)
  }

  #ring (): void {
    this.#pause = null
    this.#lastAt = performance.now()
    for (const ring of this.#rings) ring()
  }
}
