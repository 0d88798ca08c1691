import type { Logger } from '#shared/log.ts'
import type { ActiveCheckSettings } from '#shared/upstream-options.ts'
import { maxCheckedTargets } from '#shared/upstream-standards.ts'
import { routeName } from '#shared/names.ts'
import type { OpenSecret } from '../edge/secrets.ts'
import type { ReplicaChange, ReplicaReader } from '../replica/replica.ts'
import type { UpstreamPools } from './pools.ts'
import { compileServices } from './services.ts'
import { UpstreamState } from './state.ts'
import type { Target } from './target.ts'

/** An upstream of an environment. */
export interface UpstreamPlace {
  gatewayId: string
  environment: string
  name: string
}

/** Asks targets how they are: once for all workers of a data plane, and only where requests go. */
export interface ActiveChecks {
  /** Requests go there. To be said again while they do. */
  use: (place: UpstreamPlace) => void
  /** After each commit of the replica. Targets of which nothing has changed stay what they are. */
  apply: (change: ReplicaChange) => void
  close: () => Promise<void>
}

export interface ActiveChecksOptions {
  replica: Pick<ReplicaReader, 'getEnvironment'>
  pools: UpstreamPools
  openSecret: OpenSecret
  /** Which targets of an upstream are not to be asked, whenever that changes. */
  onDown: (key: string, urls: string[]) => void
  logger: Logger
  /** Of all environments together. */
  maxTargets?: number
  idleMs?: number
}

/** Nobody has gone there for so long: nobody needs to know how it is. */
const standardIdleMs = 10 * 60_000
const standardMaxTargets = 2_000

interface Checked {
  place: UpstreamPlace
  usedAt: number
  /** By the URL of the target. */
  targets: Map<string, TargetCheck>
}

export function createActiveChecks (options: ActiveChecksOptions): ActiveChecks {
  const { replica, pools, openSecret, onDown, logger, maxTargets = standardMaxTargets, idleMs = standardIdleMs } = options
  const checked = new Map<string, Checked>()
  const running = new Map<string, number>()
  let total = 0

  const count = ({ gatewayId, environment }: UpstreamPlace, change: 1 | -1): void => {
    const route = routeName(gatewayId, environment)
    const now = (running.get(route) ?? 0) + change
    total += change
    if (now === 0) running.delete(route)
    else running.set(route, now)
  }
  const hasRoom = ({ gatewayId, environment }: UpstreamPlace): boolean =>
    total < maxTargets && (running.get(routeName(gatewayId, environment)) ?? 0) < maxCheckedTargets
  const tell = (key: string, { targets }: Checked): void => onDown(key, [...targets].flatMap(([url, check]) => check.isDown ? [url] : []))

  const stop = ({ place, targets }: Checked, url: string): void => {
    targets.get(url)!.stop()
    targets.delete(url)
    count(place, -1)
  }
  /** Begins what is new, ends what is gone, and leaves alone what is as it was. */
  const settle = (key: string, entry: Checked): void => {
    const { place, targets } = entry
    const value = replica.getEnvironment(place.gatewayId, place.environment)
    const service = value === null ? null : compileServices({ ...place, value }, { upstreams: { of: () => new UpstreamState(new Set()) }, openSecret })(place.name)
    const settings = service === null ? null : service.active
    const wanted = new Map(settings === null ? [] : service!.targets.map(target => [target.url, target]))
    for (const [url, check] of targets) {
      const target = wanted.get(url)
      if (target === undefined || !check.isLike(target, settings!)) stop(entry, url)
    }
    for (const [url, target] of wanted) {
      if (targets.has(url)) continue
      if (!hasRoom(place)) {
        logger.warn({ ...place, total }, 'there are too many targets to check: some are taken for healthy')
        break
      }
      targets.set(url, new TargetCheck(target, settings!, pools, () => tell(key, entry)))
      count(place, 1)
    }
    tell(key, entry)
    if (targets.size === 0) checked.delete(key)
  }
  const forget = (key: string, entry: Checked): void => {
    for (const url of entry.targets.keys()) stop(entry, url)
    checked.delete(key)
    onDown(key, [])
  }
  const sweep = setInterval(() => {
    const now = performance.now()
    for (const [key, entry] of checked) if (now - entry.usedAt > idleMs) forget(key, entry)
  }, Math.min(idleMs, 60_000)).unref()

  return {
    use: place => {
      const key = `${routeName(place.gatewayId, place.environment)} ${place.name}`
      const known = checked.get(key)
      if (known !== undefined) {
        known.usedAt = performance.now()
        return
      }
      const entry: Checked = { place, usedAt: performance.now(), targets: new Map() }
      checked.set(key, entry)
      settle(key, entry)
    },
    apply: ({ all, environments }) => {
      const touched = new Set(environments.map(({ gatewayId, environment }) => routeName(gatewayId, environment)))
      for (const [key, entry] of checked) {
        if (all || touched.has(routeName(entry.place.gatewayId, entry.place.environment))) settle(key, entry)
      }
    },
    close: async () => {
      clearInterval(sweep)
      for (const [, entry] of checked) for (const check of entry.targets.values()) check.stop()
      checked.clear()
      await pools.close()
    }
  }
}

/** One target that is asked again and again. It is healthy until it has failed often enough. */
class TargetCheck {
  isDown = false
  readonly #target: Target
  readonly #settings: ActiveCheckSettings
  readonly #pools: UpstreamPools
  readonly #onTurn: () => void
  #timer: NodeJS.Timeout
  readonly #stopped = new AbortController()
  /** In a row, of what it is not. */
  #contrary = 0

  constructor (target: Target, settings: ActiveCheckSettings, pools: UpstreamPools, onTurn: () => void) {
    this.#target = target
    this.#settings = settings
    this.#pools = pools
    this.#onTurn = onTurn
    // Not all at once, and soon: nothing is known yet.
    this.#timer = setTimeout(this.#run, Math.random() * Math.min(1_000, settings.intervalSeconds * 100)).unref()
  }

  isLike (target: Target, settings: ActiveCheckSettings): boolean {
    return target.address.key === this.#target.address.key && target.base === this.#target.base && JSON.stringify(settings) === JSON.stringify(this.#settings)
  }

  stop (): void {
    clearTimeout(this.#timer)
    this.#stopped.abort()
  }

  readonly #run = (): void => void this.#turn()

  async #turn (): Promise<void> {
    const isHealthy = await this.#check()
    if (this.#stopped.signal.aborted) return
    this.#timer = setTimeout(this.#run, this.#settings.intervalSeconds * 1_000).unref()
    this.#contrary = isHealthy === this.isDown ? this.#contrary + 1 : 0
    if (this.#contrary < (this.isDown ? this.#settings.healthyAfter : this.#settings.unhealthyAfter)) return
    this.#contrary = 0
    this.isDown = !this.isDown
    this.#onTurn()
  }

  /** Whatever goes wrong is an answer, too. */
  async #check (): Promise<boolean> {
    const { address, base } = this.#target
    const { path, timeoutMs, healthyStatuses } = this.#settings
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#stopped.signal])
    try {
      const { statusCode, body } = await this.#pools.of(address).dispatcher.request({
        origin: address.origin, path: base + path, method: 'GET', headers: ['user-agent', 'imprun health check'], signal
      })
      // What it says beside is nothing to us; where there is much of it, the connection ends.
      void body.dump({ limit: maxBodyBytes, signal }).catch(() => undefined)
      return healthyStatuses.includes(statusCode)
    } catch {
      return false
    }
  }
}

/** Of an answer; the connection of one that says more is not kept. */
const maxBodyBytes = 16 * 1024
