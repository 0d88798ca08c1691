import { maxKvBatch, type KvAnswer, type KvRequest } from '#shared/kv.ts'

/** An operation that waits for its turn. */
export interface Waiting {
  request: KvRequest
  /** UTF-16 units of its texts. */
  units: number
  settle: (answer: KvAnswer) => void
}

interface Lane {
  waiting: Waiting[]
  units: number
  isUnderWay: boolean
}

/** What of one environment may wait. Its functions have their own limits; this is for many of them at once, and for a control plane that is slow. */
const maxLane = { operations: 4_000, units: 8 * 1024 * 1024 }
const maxUnits = 64 * 1024 * 1024
/** Of one batch: in JSON it is three times as long at worst. */
const maxBatchUnits = 512 * 1024

/**
 * Operations by environment. An environment has one batch under way at most, so its operations are carried out in their order; a batch takes
 * from all environments in turn, so that none has to wait for another's thousands.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  /** Those with something that may be taken; who was taken from goes to the end. */
  readonly #ready = new Set<Lane>()
  #units = 0

  get isReady (): boolean { return this.#ready.size > 0 }

  /** false: too much waits already. */
  add (waiting: Waiting): boolean {
    const lane = this.#laneOf(waiting.request)
    if (lane.waiting.length >= maxLane.operations || lane.units + waiting.units > maxLane.units || this.#units + waiting.units > maxUnits) return false
    lane.waiting.push(waiting)
    this.#count(lane, waiting.units)
    if (!lane.isUnderWay) this.#ready.add(lane)
    return true
  }

  /** The next batch, which may be given back in part. */
  take (): Waiting[] {
    const batch: Waiting[] = []
    let units = 0
    const share = Math.ceil(maxKvBatch / this.#ready.size)
    for (const lane of this.#ready) {
      let count = 0
      while (count < share && count < lane.waiting.length && batch.length + count < maxKvBatch && (units === 0 || units + lane.waiting[count]!.units <= maxBatchUnits)) {
        units += lane.waiting[count]!.units
        count++
      }
      if (count === 0) break
      batch.push(...lane.waiting.splice(0, count))
      lane.isUnderWay = true
      this.#ready.delete(lane)
    }
    return batch
  }

  /** The batch is over, but for its end, from `done` on. */
  giveBack (batch: readonly Waiting[], done: number): void {
    for (const { request, units } of batch.slice(0, done)) this.#count(this.#laneOf(request), -units)
    // From behind, so that each lane gets its own back in order.
    for (const waiting of batch.slice(done).toReversed()) this.#laneOf(waiting.request).waiting.unshift(waiting)
    for (const { request } of batch) this.#rest(request)
  }

  #rest (request: KvRequest): void {
    const lane = this.#laneOf(request)
    lane.isUnderWay = false
    if (lane.waiting.length > 0) this.#ready.add(lane)
    else this.#lanes.delete(nameOf(request))
  }

  #count (lane: Lane, units: number): void {
    lane.units += units
    this.#units += units
  }

  #laneOf (request: KvRequest): Lane {
    const name = nameOf(request)
    let lane = this.#lanes.get(name)
    if (lane === undefined) this.#lanes.set(name, lane = { waiting: [], units: 0, isUnderWay: false })
    return lane
  }
}

function nameOf ({ gatewayId, environment }: KvRequest): string {
  return `${gatewayId}-${environment}`
}
