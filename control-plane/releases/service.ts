import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { ReleaseRoute } from '#shared/feed.ts'
import { invalidField } from '../field-errors.ts'
import { administrator } from '../authors.ts'
import type { Precondition } from '../conditional.ts'
import { requireEnvironment, requireGateway } from '../existing.ts'
import { untilUncontended } from '../retry.ts'
import type { ApiGateway, Environment, Release, ReleaseOrigin } from '../store/documents.ts'
import { useOf } from '../store/serving.ts'
import type { EnvironmentRef, Page, PageRequest, Store } from '../store/store.ts'
import { compareRoutes } from './changes.ts'
import type { EnvironmentFacts } from './checks/check.ts'
import { compareEnvironments, type Comparison } from './comparison.ts'
import { storedFacts } from './facts.ts'
import type { Outcome, ReleasePlan } from './plan.ts'
import { isRefusal, refused, type Preflight } from './preflight.ts'
import type { ReleaseRequest, RollbackRequest } from './schema.ts'
import { pickFunctions, pickVersions } from './selection.ts'
import { servedRoutes } from './served.ts'
import { checkServed } from './unchanged.ts'
import { readUse, requireRoom, type Use } from './use.ts'

interface Wanted {
  precondition: Precondition
  use: Use
  contentOf: (target: Environment) => Promise<Content>
}

interface Content { routes: ReleaseRoute[], origin: ReleaseOrigin }

/** The rules of releases. */
export class ReleaseService {
  readonly #store: Store
  readonly #clock: Clock
  readonly #preflight: Preflight

  constructor ({ store, clock, preflight }: { store: Store, clock: Clock, preflight: Preflight }) {
    this.#store = store
    this.#clock = clock
    this.#preflight = preflight
  }

  async list (ref: EnvironmentRef, page: PageRequest): Promise<Page<Release>> {
    await requireEnvironment(this.#store, ref)
    return await this.#store.listReleases(ref, page)
  }

  async get (ref: EnvironmentRef, number: number): Promise<Release> {
    await requireEnvironment(this.#store, ref)
    const release = await this.#store.getRelease(ref, number)
    if (release === null) throw new Problem('release_not_found')
    return release
  }

  /** Brings functions to an environment: never clients, keys or variables. */
  async make (ref: EnvironmentRef, request: ReleaseRequest, precondition: Precondition): Promise<Outcome> {
    const use = readUse(request, timestamp(this.#clock))
    return await this.#release(ref, request, { precondition, use, contentOf: async target => await this.#contentOf(target, request) })
  }

  /** Serves again what was served before, as it was built then. */
  async rollback (ref: EnvironmentRef, request: RollbackRequest, precondition: Precondition): Promise<Outcome> {
    return await this.#release(ref, request, {
      precondition,
      use: undefined,
      contentOf: async target => {
        if (target.release === null) throw new Problem('release_not_found', 'Nothing has been released here yet.')
        // What was done last is undone first: where there is a canary, that is the canary.
        const number = request.release ?? (target.canary === null ? await this.#before(ref, target.release) : target.release)
        const release = await this.#store.getRelease(ref, number)
        if (release === null) throw new Problem('release_not_found', `There is no release ${number} of ${ref.environment}.`)
        return { routes: release.routes, origin: { kind: 'rollback', release: number } }
      }
    })
  }

  /** What another environment differs in. */
  async compare (ref: EnvironmentRef, other: string): Promise<Comparison> {
    const gateway = await requireGateway(this.#store, ref.gatewayId)
    const a = await requireEnvironment(this.#store, ref)
    const b = await requireEnvironment(this.#store, { gatewayId: ref.gatewayId, environment: other })
    return await compareEnvironments(this.#store, gateway, a, b)
  }

  async #release (
    { gatewayId, environment }: EnvironmentRef, { note = '', dryRun = false, force = false }: RollbackRequest, { precondition, use, contentOf }: Wanted
  ): Promise<Outcome> {
    return await untilUncontended(async () => {
      const gateway = await requireGateway(this.#store, gatewayId)
      const target = await requireEnvironment(this.#store, { gatewayId, environment })
      await checkServed(this.#store, { environment: target, gateway }, precondition)
      requireRoom(target, use, timestamp(this.#clock))
      const content = await contentOf(target)
      const plan = await this.#plan(gateway, target, content, use)
      if (dryRun) return { plan }
      const endsCanaryAlone = plan.changes.length === 0 && plan.endsCanary !== null && content.origin.kind === 'rollback'
      if (plan.changes.length === 0 && !endsCanaryAlone) throw new Problem('nothing_to_promote', `${environment} serves all of that already.`)
      const refusals = plan.findings.filter(isRefusal)
      if (refusals.length > 0 && !force) throw refused(plan.findings, 'With "force": true it is made nevertheless.')
      const made = await this.#store.createRelease(gatewayId, {
        environment, ...content, note, author: administrator, forced: refusals.length > 0, createdAt: timestamp(this.#clock),
        basedOn: target.release, beside: target.canary?.release ?? null, ...(use !== undefined && { use })
      })
      return { ...made, endsCanary: plan.endsCanary, expiresAt: use !== undefined && 'preview' in use ? use.preview.expiresAt : null }
    })
  }

  async #plan (gateway: ApiGateway, target: Environment, { routes, origin }: Content, use: Use): Promise<ReleasePlan> {
    const changes = compareRoutes(await servedRoutes(this.#store, target), routes)
    const facts = (environment: Environment): EnvironmentFacts => storedFacts(this.#store, gateway, environment)
    const source = origin.kind === 'promotion' ? await requireEnvironment(this.#store, { gatewayId: gateway.id, environment: origin.environment }) : null
    const findings = await this.#preflight({
      gateway, origin, use: useOf(use), changes, target: facts(target), source: source && facts(source),
      bundleOf: async ({ functionName, versionId }) => (await this.#store.getFunctionVersion(gateway.id, functionName, versionId))?.bundle ?? null
    })
    return { basedOn: target.release, origin, endsCanary: use === undefined ? target.canary?.release ?? null : null, changes, findings }
  }

  async #contentOf (target: Environment, request: ReleaseRequest): Promise<Content> {
    const { gatewayId, name: environment } = target
    const { from, functions } = request
    if (from === undefined) {
      if (functions === undefined || Array.isArray(functions)) throw invalidField('/from', 'must name an environment where `functions` does not name versions')
      return { routes: await pickVersions(this.#store, gatewayId, functions, await servedRoutes(this.#store, target)), origin: { kind: 'selection' } }
    }
    if (functions !== undefined && !Array.isArray(functions)) throw invalidField('/functions', 'must be a list of names where `from` is given')
    if (from === environment) throw invalidField('/from', 'must be another environment')
    const source = await this.#store.getEnvironment(gatewayId, from)
    if (source === null) throw invalidField('/from', 'must be an environment of this gateway')
    if (source.release === null) throw new Problem('nothing_to_promote', `Nothing has been released to ${from}.`)
    const served = await servedRoutes(this.#store, source)
    const routes = functions === undefined ? served : pickFunctions(functions, served, await servedRoutes(this.#store, target), from)
    return { routes, origin: { kind: 'promotion', environment: from, release: source.release } }
  }

  /** The release that was served before this one: two rollbacks in a row go two back. */
  async #before (ref: EnvironmentRef, number: number): Promise<number> {
    const current = await this.#store.getRelease(ref, number)
    const shown = current?.origin.kind === 'rollback' ? await this.#store.getRelease(ref, current.origin.release) : current
    const before = shown?.basedOn ?? null
    if (before === null) throw new Problem('release_not_found', `There is no release before ${shown?.number ?? number} of ${ref.environment}.`)
    return before
  }
}
