import type { Config } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'
import { Loads, shareOut, type GatewayLoad } from './loads.ts'
import { LoopDelay } from './loop-delay.ts'
import { ShedController } from './shed-controller.ts'

export type OverloadSettings = Pick<Config, 'overloadDelayMs' | 'maxWaitingRequests' | 'maxBufferMb'>

export interface AdmissionOptions {
  settings: OverloadSettings
  logger: Logger
  random?: () => number
}

export interface OverloadCounts extends Record<string, number> {
  /** See `LoopDelay`. */
  delayMs: number
  /** Part of all requests that is turned away now. */
  shed: number
  waiting: number
  heldBytes: number
  /** Requests turned away since the start: because of the delay, because too many waited, because there was no memory for a body. */
  shedForDelay: number
  shedForWaiting: number
  shedForMemory: number
}

/** The operator is told at most so often while it lasts. */
const reportMs = 10_000
/** Of the memory for bodies, what one gateway may take: its clients alone must not keep others out. */
const gatewayPart = 0.5

/** Whether there is room for one more request, and for whose: who asks for the most is turned away first. */
export class Admission {
  readonly #maxWaiting: number
  readonly #maxBytes: number
  readonly #logger: Logger
  readonly #random: () => number
  readonly #loads = new Loads()
  readonly #controller: ShedController
  readonly #delay: LoopDelay
  readonly #counts: OverloadCounts = { delayMs: 0, shed: 0, waiting: 0, heldBytes: 0, shedForDelay: 0, shedForWaiting: 0, shedForMemory: 0 }
  /** Gateways with something waiting, as they were counted last. */
  #waitingGateways = 1
  #toldAt = -Infinity
  #toldOf = 0

  constructor ({ settings, logger, random = Math.random }: AdmissionOptions) {
    this.#maxWaiting = settings.maxWaitingRequests
    this.#maxBytes = settings.maxBufferMb * 1024 * 1024
    this.#logger = logger
    this.#random = random
    this.#controller = new ShedController(settings.overloadDelayMs)
    this.#delay = new LoopDelay((delayMs, now) => this.look(delayMs, now))
  }

  get counts (): OverloadCounts { return this.#counts }

  /** Before anything of a request costs much. */
  admits (gatewayId: string): boolean {
    const load = this.#loads.of(gatewayId)
    this.#loads.arrive(load)
    if (this.#counts.shed > 0 && load.share < 1 && this.#random() >= load.share) {
      this.#counts.shedForDelay++
      return false
    }
    if (this.#counts.waiting < this.#maxWaiting || this.#hasShareLeft(load)) return true
    this.#counts.shedForWaiting++
    return false
  }

  /** A function or an upstream is asked; to be ended with what is returned, once. */
  begin (gatewayId: string): GatewayLoad {
    const load = this.#loads.of(gatewayId)
    load.waiting++
    this.#counts.waiting++
    return load
  }

  end (load: GatewayLoad): void {
    load.waiting--
    this.#counts.waiting--
  }

  /** Whether there is room for more of a body; what is taken has to be given back. */
  take (gatewayId: string, bytes: number): boolean {
    const load = this.#loads.of(gatewayId)
    if (this.#counts.heldBytes + bytes > this.#maxBytes || load.heldBytes + bytes > this.#maxBytes * gatewayPart) {
      this.#counts.shedForMemory++
      return false
    }
    load.heldBytes += bytes
    this.#counts.heldBytes += bytes
    return true
  }

  giveBack (gatewayId: string, bytes: number): void {
    this.#loads.of(gatewayId).heldBytes -= bytes
    this.#counts.heldBytes -= bytes
  }

  /** @param now milliseconds, of a clock that is never set */
  look (delayMs: number, now: number): void {
    this.#loads.advance(now)
    this.#counts.delayMs = delayMs
    const shed = this.#controller.update(delayMs, now)
    this.#counts.shed = shed
    if (shed > 0) shareOut(this.#loads.demands(now), 1 - shed)
    if (this.#counts.waiting >= this.#maxWaiting) this.#waitingGateways = Math.max(1, this.#loads.countWaiting())
    if (now - this.#toldAt >= reportMs) this.#report(now)
  }

  close (): void {
    this.#delay.close()
  }

  /** Those who have less waiting than their part of it are let in beyond the limit, and make it twice as much at most. */
  #hasShareLeft (load: GatewayLoad): boolean {
    return this.#counts.waiting < this.#maxWaiting * 2 && load.waiting < this.#maxWaiting / (this.#waitingGateways + 1)
  }

  #report (now: number): void {
    const { shedForDelay, shedForWaiting, shedForMemory } = this.#counts
    const total = shedForDelay + shedForWaiting + shedForMemory
    if (total === this.#toldOf) return
    const gateways = this.#loads.demands(now).slice(0, 5).map(({ load: { gatewayId, waiting, heldBytes, share }, requests }) => ({ gatewayId, requestsPerSecond: Math.round(requests), share, waiting, heldBytes }))
    this.#logger.warn({ turnedAway: total - this.#toldOf, ...this.#counts, gateways }, 'there is too much to do, and requests are turned away')
    this.#toldAt = now
    this.#toldOf = total
  }
}
