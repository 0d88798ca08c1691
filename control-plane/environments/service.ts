import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import { checkConfig } from '../api-gateways/service.ts'
import type { Precondition } from '../conditional.ts'
import { requireEnvironment, requireGateway } from '../existing.ts'
import { applyPatch, type Patch } from '../patch.ts'
import { untilUncontended } from '../retry.ts'
import { StoreError, type EnvironmentRef, type Page, type PageRequest, type Store } from '../store/store.ts'
import { servesNothing } from '../store/serving.ts'
import { compileCheck } from '../validation.ts'
import { environmentDraft, environmentEtag, type EnvironmentDraft, type NewEnvironment, type PlacedEnvironment } from './schema.ts'

const checkDraft = compileCheck(environmentDraft)

/** The rules of environments. */
export class EnvironmentService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  async list (gatewayId: string, page: PageRequest): Promise<Page<PlacedEnvironment>> {
    const gateway = await requireGateway(this.#store, gatewayId)
    const { items, next } = await this.#store.listEnvironments(gatewayId, page)
    return { items: items.map(environment => ({ environment, gateway })), next }
  }

  async get (ref: EnvironmentRef): Promise<PlacedEnvironment> {
    const gateway = await requireGateway(this.#store, ref.gatewayId)
    return { environment: await requireEnvironment(this.#store, ref), gateway }
  }

  async create (gatewayId: string, { name, config }: NewEnvironment): Promise<PlacedEnvironment> {
    const plugins = config?.plugins ?? {}
    checkConfig(plugins)
    const gateway = await requireGateway(this.#store, gatewayId)
    const now = timestamp(this.#clock)
    try {
      const environment = await this.#store.createEnvironment({ gatewayId, name, config: { plugins }, ...servesNothing, createdAt: now, updatedAt: now })
      return { environment, gateway }
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'exists')) throw error
      throw new Problem('environment_exists', undefined, { errors: [{ pointer: '/name', detail: 'is taken' }], cause: error })
    }
  }

  async patch (ref: EnvironmentRef, patch: Patch, precondition: Precondition): Promise<PlacedEnvironment> {
    return await untilUncontended(async () => {
      const current = await this.get(ref)
      precondition.check(environmentEtag(current))
      const { revision, ...environment } = current.environment
      const { config } = applyPatch<EnvironmentDraft>({ config: environment.config }, patch, checkDraft)
      const plugins = config?.plugins ?? {}
      checkConfig(plugins)
      const draft = { ...environment, config: { plugins }, updatedAt: timestamp(this.#clock) }
      return { environment: await this.#store.replaceEnvironment(draft, revision), gateway: current.gateway }
    })
  }

  /** @returns the revision of the deletion */
  async delete (ref: EnvironmentRef, precondition: Precondition): Promise<number> {
    return await untilUncontended(async () => {
      const current = await this.get(ref)
      precondition.check(environmentEtag(current))
      return await this.#store.deleteEnvironment(ref.gatewayId, ref.environment, current.environment.revision)
    })
  }
}
