import type { FeedUpstream } from '#shared/feed.ts'
import type { ActiveCheckSettings, CircuitBreakerSettings, PassiveCheckSettings, RetrySettings } from '#shared/upstream-options.ts'
import { standardPassiveCheck, standardRetries } from '#shared/upstream-standards.ts'
import { effectiveTimeouts, targetsOf, type UpstreamTimeouts } from '#shared/upstreams.ts'
import { hashText, unseeded } from '../canaries/hash.ts'
import { compileBalance, type PickTarget } from './balance.ts'
import { compileConnections, type ConnectionOptions, type OpenVariable } from './connection-options.ts'
import type { UpstreamState, UpstreamStates } from './state.ts'
import type { Target, UpstreamAddress } from './target.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** What an attempt says of its target: the status it was answered with, or 0 where there was no answer. */
export type AttemptStatus = number

const maxEjections = 10

/** An upstream of an environment: its targets, which of them is asked, and what is known of them. */
export class UpstreamService {
  readonly key: string
  readonly targets: readonly Target[]
  /** Where there is nothing to choose. */
  readonly only: Target | null
  readonly timeouts: Required<UpstreamTimeouts>
  readonly state: UpstreamState
  readonly retries: RetrySettings | null
  readonly circuitBreaker: CircuitBreakerSettings | null
  readonly active: ActiveCheckSettings | null
  /** Whether anything is made of how attempts end. */
  readonly watches: boolean
  readonly #passive: PassiveCheckSettings | null
  readonly #panicPercent: number
  readonly #pick: PickTarget

  constructor (key: string, environment: string, upstream: FeedUpstream, states: Pick<UpstreamStates, 'of'>, openVariable: OpenVariable) {
    const asked = targetsOf(upstream).filter(({ weight }) => weight > 0)
    const { healthChecks, circuitBreaker = null, retries } = upstream
    const isOne = asked.length === 1
    this.key = key
    this.timeouts = effectiveTimeouts(upstream.timeouts)
    this.state = states.of(key)
    const known = this.state.keep(asked.map(({ url }) => url))
    const connections = compileConnections(upstream, openVariable)
    const oldConnections = connections.protocol === 'http/1.1' ? connections : compileConnections({ ...upstream, protocol: 'http/1.1' }, openVariable)
    this.targets = asked.map(({ url, weight }, index): Target => {
      const { origin, pathname } = new URL(url)
      const addressOf = (connections: ConnectionOptions): UpstreamAddress =>
        ({ key: `${environment} ${this.timeouts.connectMs} ${connections.key} ${origin}`, origin, timeouts: this.timeouts, connections })
      return {
        url,
        address: addressOf(connections),
        upgradeAddress: addressOf(oldConnections),
        base: pathname === '/' ? '' : pathname,
        weight,
        seed: hashText(unseeded, url),
        state: known[index]!,
        isCandidate: true
      }
    })
    this.only = isOne ? this.targets[0]! : null
    this.active = healthChecks?.active ?? null
    this.#passive = healthChecks === undefined ? (isOne ? null : standardPassiveCheck) : healthChecks.passive ?? null
    this.#panicPercent = healthChecks?.panicPercent ?? 0
    this.retries = settledRetries(retries, isOne)
    this.circuitBreaker = circuitBreaker
    this.watches = this.#passive !== null
    this.#pick = compileBalance(upstream.balance)
    if (this.#passive === null) for (const { state } of this.targets) state.ejectedUntil = 0
    if (this.active === null) for (const { state } of this.targets) state.isDown = false
  }

  /** @param tried targets that are asked again only where there is no other one */
  choose (request: EdgeRequest, tried: readonly Target[] | null): Target {
    if (this.only !== null) return this.only
    const healthy = this.#markHealthy()
    if (healthy === 0 || healthy * 100 < this.#panicPercent * this.targets.length) for (const target of this.targets) target.isCandidate = true
    if (tried !== null) this.#passOver(tried)
    return this.#pick(this.targets, request)
  }

  /** How an attempt has ended. @returns for how many seconds its target is left out now; 0: it is not, or was before */
  report ({ state }: Target, status: AttemptStatus): number {
    const passive = this.#passive
    if (passive === null) return 0
    if (status !== 0 && !passive.unhealthyStatuses.includes(status)) {
      state.failures = 0
      state.ejections = 0
      return 0
    }
    const now = performance.now()
    if (++state.failures < passive.unhealthyAfter || state.ejectedUntil > now) return 0
    state.failures = 0
    state.ejections = Math.min(maxEjections, state.ejections + 1)
    const seconds = passive.ejectSeconds * state.ejections
    state.ejectedUntil = now + seconds * 1_000
    return seconds
  }

  #markHealthy (): number {
    const now = performance.now()
    let healthy = 0
    for (const target of this.targets) {
      const { isDown, ejectedUntil } = target.state
      target.isCandidate = !isDown && ejectedUntil <= now
      if (target.isCandidate) healthy++
    }
    return healthy
  }

  #passOver (tried: readonly Target[]): void {
    const isLeft = this.targets.some(target => target.isCandidate && !tried.includes(target))
    // One that is said to be ill may be well by now; one that has just failed is not.
    if (!isLeft && this.targets.length > tried.length) for (const target of this.targets) target.isCandidate = true
    if (isLeft || this.targets.length > tried.length) for (const target of tried) target.isCandidate = false
  }
}

function settledRetries (asked: RetrySettings | undefined, isOne: boolean): RetrySettings | null {
  const retries = asked ?? (isOne ? null : standardRetries)
  return retries === null || retries.attempts === 0 ? null : retries
}
