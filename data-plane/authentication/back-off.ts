export interface BackOffSettings {
  /** With so many, one after the other, it begins. */
  leastFailures: number
  firstMs: number
  maxMs: number
}

/** For how long an endpoint that fails is left alone: twice as long each time, until it answers. */
export class BackOff {
  readonly #settings: BackOffSettings
  #failures = 0

  constructor (settings: BackOffSettings) {
    this.#settings = settings
  }

  failed (): void {
    this.#failures++
  }

  answered (): void {
    this.#failures = 0
  }

  /** 0: it is not. */
  get waitMs (): number {
    const { leastFailures, firstMs, maxMs } = this.#settings
    return this.#failures < leastFailures ? 0 : Math.min(maxMs, firstMs * 2 ** (this.#failures - leastFailures))
  }
}
