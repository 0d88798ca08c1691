import { isDeepStrictEqual } from 'node:util'
import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { Precondition } from '../conditional.ts'
import { requireEnvironment } from '../existing.ts'
import { applyPatch, type Patch } from '../patch.ts'
import { untilUncontended } from '../retry.ts'
import type { Canary, Environment, Serving } from '../store/documents.ts'
import type { EnvironmentRef, Store } from '../store/store.ts'
import { compileCheck } from '../validation.ts'
import { checkRule, windowStart, type Counts } from './rule.ts'
import { canaryDraft, fromDraft, toDraft, type CanaryDraft } from './schema.ts'

/** An environment with what has been answered by the two releases; `null`: it has no canary. */
export interface CanaryState {
  environment: Environment
  counts: { canary: Counts, served: Counts } | null
}

const checkDraft = compileCheck(canaryDraft)

/** The rules of canaries that run; they are made with a release. */
export class CanaryService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  async get (ref: EnvironmentRef): Promise<CanaryState> {
    return await this.#withCounts(ref, await requireEnvironment(this.#store, ref))
  }

  /** What was answered before does not count any more where something changes. */
  async patch (ref: EnvironmentRef, patch: Patch, precondition: Precondition): Promise<CanaryState> {
    return await this.#change(ref, precondition, (environment, canary) => {
      const rule = checkRule(fromDraft(applyPatch<CanaryDraft>(toDraft(canary), patch, checkDraft)), '')
      const changed: Canary = { ...canary, ...rule }
      return isDeepStrictEqual(changed, canary) ? null : { ...environment, canary: { ...changed, changedAt: timestamp(this.#clock) } }
    })
  }

  /** Its release becomes the one that is served. */
  async finish (ref: EnvironmentRef, precondition: Precondition): Promise<CanaryState> {
    return await this.#change(ref, precondition, ({ release, previews }, canary) => ({
      release: canary.release,
      canary: null,
      lastCanary: { release: canary.release, outcome: 'finished', reason: `It took the place of release ${release}.`, endedAt: timestamp(this.#clock) },
      previews
    }))
  }

  /** All requests go to the release that is served. */
  async drop (ref: EnvironmentRef, reason: string, precondition: Precondition): Promise<CanaryState> {
    return await this.#change(ref, precondition, ({ release, previews }, canary) => ({
      release,
      canary: null,
      lastCanary: { release: canary.release, outcome: 'dropped', reason, endedAt: timestamp(this.#clock) },
      previews
    }))
  }

  /** @param decide what is served then; `null`: what is served now */
  async #change (ref: EnvironmentRef, precondition: Precondition, decide: (environment: Environment, canary: Canary) => Serving | null): Promise<CanaryState> {
    return await untilUncontended(async () => {
      const environment = await requireEnvironment(this.#store, ref)
      if (environment.canary === null) throw new Problem('canary_not_found')
      const state = await this.#withCounts(ref, environment)
      checkTag(precondition, state)
      const serving = decide(environment, environment.canary)
      return serving === null ? state : await this.#withCounts(ref, await this.#store.replaceServing(ref, servingOf(serving), environment.revision))
    })
  }

  async #withCounts (ref: EnvironmentRef, environment: Environment): Promise<CanaryState> {
    const { release, canary } = environment
    if (release === null || canary === null) return { environment, counts: null }
    const since = windowStart(canary, this.#clock.now())
    return {
      environment,
      counts: { canary: await this.#store.sumReleaseCounts(ref, canary.release, since), served: await this.#store.sumReleaseCounts(ref, release, since) }
    }
  }
}

/** Counts are part of what is shown, and change without a write to the environment. */
export function canaryEtag ({ environment: { revision }, counts }: CanaryState): string {
  const seen = counts === null ? [] : [counts.canary.requests, counts.canary.failures, counts.served.requests, counts.served.failures]
  return `"${[revision, ...seen].join('.')}"`
}

/** Whoever has seen the canary as it is may change it, whatever was counted since. */
function checkTag (precondition: Precondition, state: CanaryState): void {
  precondition.check(canaryEtag(state), precondition.tags.filter(tag => tag.startsWith(`"${state.environment.revision}.`)))
}

function servingOf ({ release, canary, lastCanary, previews }: Serving): Serving {
  return { release, canary, lastCanary, previews }
}
