import { hashText, mixHash, unseeded } from '../canaries/hash.ts'

/** However many targets are changed: those that share a slot are taken for one, and too much forgotten is always right. */
const slots = 1_024

/** Which targets of an environment have changed since something was asked for. */
export class ChangedTargets {
  #count = 0
  /** By the hash of the target: the number of its last change. */
  #last: Float64Array | null = null

  /** So many changes so far. */
  get count (): number { return this.#count }

  add (uri: string): void {
    this.#last ??= new Float64Array(slots)
    this.#last[slotOf(uri)] = ++this.#count
  }

  /** Whether it may have changed since the count was this. */
  hasSince (count: number, uri: string): boolean {
    return this.#last !== null && this.#last[slotOf(uri)]! > count
  }
}

function slotOf (uri: string): number {
  return mixHash(hashText(unseeded, uri)) % slots
}
