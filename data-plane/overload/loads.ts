/** What one gateway asks of this worker. */
export interface GatewayLoad {
  readonly gatewayId: string
  /** Calls of functions and requests to upstreams that wait for the head of their answer. */
  waiting: number
  /** Of bodies that are held in memory. */
  heldBytes: number
  /** Which part of its requests is let in while there is too much to do. */
  share: number
  epoch: number
  arrived: number
  arrivedBefore: number
}

const epochMs = 1_000

/** Counts by gateway, over the last second. Gateways that ask nothing are forgotten. */
export class Loads {
  readonly #loads = new Map<string, GatewayLoad>()
  #epoch = 1
  #epochSince = 0

  of (gatewayId: string): GatewayLoad {
    const known = this.#loads.get(gatewayId)
    if (known !== undefined) return known
    const load = { gatewayId, waiting: 0, heldBytes: 0, share: 1, epoch: this.#epoch, arrived: 0, arrivedBefore: 0 }
    this.#loads.set(gatewayId, load)
    return load
  }

  arrive (load: GatewayLoad): void {
    if (load.epoch !== this.#epoch) this.#turn(load)
    load.arrived++
  }

  /** To be called every now and then. @param now milliseconds, of a clock that is never set */
  advance (now: number): void {
    if (now - this.#epochSince < epochMs) return
    this.#epochSince = now
    this.#epoch++
    for (const load of this.#loads.values()) {
      if (load.epoch < this.#epoch - 1 && load.waiting === 0 && load.heldBytes === 0) this.#loads.delete(load.gatewayId)
    }
  }

  /** How many have something waiting. */
  countWaiting (): number {
    let count = 0
    for (const { waiting } of this.#loads.values()) if (waiting > 0) count++
    return count
  }

  /** Requests of about the last second, of those who asked any, the most first. */
  demands (now: number): Array<{ load: GatewayLoad, requests: number }> {
    const past = Math.min(1, (now - this.#epochSince) / epochMs)
    return [...this.#loads.values()].map(load => {
      this.#turn(load)
      return { load, requests: load.arrived + load.arrivedBefore * (1 - past) }
    }).filter(({ requests }) => requests > 0).sort((a, b) => b.requests - a.requests)
  }

  #turn (load: GatewayLoad): void {
    if (load.epoch === this.#epoch) return
    load.arrivedBefore = load.epoch === this.#epoch - 1 ? load.arrived : 0
    load.arrived = 0
    load.epoch = this.#epoch
  }
}

/**
 * Who has to do without, where a part of all is too much: nobody who asks for less than the others get. The most that one is let in with
 * is the number that, granted to all who ask for more, makes up for the rest.
 * @param demands the most first
 * @param part of all requests that is let in, above 0
 */
export function shareOut (demands: ReadonlyArray<{ load: Pick<GatewayLoad, 'share'>, requests: number }>, part: number): void {
  let room = part * demands.reduce((sum, { requests }) => sum + requests, 0)
  // From those who ask for least: what they leave is for the others.
  for (let i = demands.length - 1; i >= 0; i--) {
    const { load, requests } = demands[i]!
    const granted = Math.min(requests, room / (i + 1))
    load.share = granted / requests
    room -= granted
  }
}
