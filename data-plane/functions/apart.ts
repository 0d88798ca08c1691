import type { Logger } from '#shared/log.ts'
import { apartIdleMs, maxApartFunctions, maxApartSandboxes } from './limits.ts'
import type { Slot } from './slot.ts'

/** Looks in so often while they may be idle. */
const restChecks = 10

/** Functions that have harmed others, and the slots that they have to themselves. */
export class ApartFunctions {
  readonly slots: Slot[] = []
  readonly #first: number
  readonly #newSlot: () => Slot
  readonly #logger: Logger
  readonly #idleMs: number
  /** Function and slot, the one that was added first in front. */
  readonly #functions = new Map<string, number>()
  readonly #resting: NodeJS.Timeout

  /** @param first the number of the first slot that is theirs */
  constructor (first: number, newSlot: () => Slot, logger: Logger, idleMs = apartIdleMs) {
    this.#first = first
    this.#newSlot = newSlot
    this.#logger = logger
    this.#idleMs = idleMs
    this.#resting = setInterval(() => this.#rest(), idleMs / restChecks).unref()
  }

  /** false: it runs apart already. */
  add (functionId: string, why: string): boolean {
    if (this.#functions.has(functionId)) return false
    const [oldest] = this.#functions.keys()
    if (this.#functions.size >= maxApartFunctions && oldest !== undefined) this.#functions.delete(oldest)
    const slot = this.#choose()
    this.#functions.set(functionId, this.#first + slot)
    this.#logger.warn({ functionId, slot: this.#first + slot, why }, 'a function runs apart from now on')
    return true
  }

  placement (): Record<string, number> {
    return Object.fromEntries(this.#functions)
  }

  close (): void {
    clearInterval(this.#resting)
  }

  /** A slot of its own, or where there are no more the one with the fewest functions. */
  #choose (): number {
    if (this.slots.length < maxApartSandboxes) return this.slots.push(this.#newSlot()) - 1
    const loads = this.slots.map((_slot, index) => [...this.#functions.values()].filter(slot => slot === this.#first + index).length)
    return loads.indexOf(Math.min(...loads))
  }

  #rest (): void {
    for (const slot of this.slots) if (slot.socket !== null && slot.idleMs() > this.#idleMs) slot.sleep()
  }
}
