import { isDeepStrictEqual } from 'node:util'
import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem, type FieldError } from '#shared/errors.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import { checkPlugins } from '#shared/plugins/rules.ts'
import { invalidField } from '../field-errors.ts'
import { etagOf, type Precondition } from '../conditional.ts'
import { requireGateway } from '../existing.ts'
import { createGatewayId } from '../ids.ts'
import { applyPatch, type Patch } from '../patch.ts'
import { untilUncontended } from '../retry.ts'
import type { ApiGateway } from '../store/documents.ts'
import { servesNothing } from '../store/serving.ts'
import { StoreError, type Draft, type Page, type PageRequest, type Store } from '../store/store.ts'
import { compileCheck } from '../validation.ts'
import { apiGatewayDraft, type ApiGatewayDraft, type NewApiGateway } from './schema.ts'

/** What every gateway begins with, in the order of promotion. */
export const firstEnvironments = ['dev', 'staging', 'prod']
export const firstDefaultEnvironment = 'prod'
const checkDraft = compileCheck(apiGatewayDraft)

/** The rules of gateways. */
export class ApiGatewayService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  async list (page: PageRequest): Promise<Page<ApiGateway>> {
    return await this.#store.listGateways(page)
  }

  async get (gatewayId: string): Promise<ApiGateway> {
    return await requireGateway(this.#store, gatewayId)
  }

  async create ({ id, name, description = '', config }: NewApiGateway): Promise<ApiGateway> {
    const plugins = config?.plugins ?? {}
    checkConfig(plugins)
    const now = timestamp(this.#clock)
    const times = { createdAt: now, updatedAt: now }
    const environments = [...firstEnvironments]
    const gateway = { name, description, defaultEnvironment: firstDefaultEnvironment, environments, config: { plugins }, ...times }
    const make = async (gatewayId: string): Promise<ApiGateway> => await this.#store.createGateway(
      { id: gatewayId, ...gateway },
      firstEnvironments.map(name => ({ gatewayId, name, config: { plugins: {} }, ...servesNothing, ...times }))
    )
    try {
      return await make(id ?? createGatewayId())
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'exists')) throw error
      // An id that was drawn is drawn again; one that was asked for is the caller's to change.
      if (id === undefined) return await make(createGatewayId())
      throw new Problem('api_gateway_exists', undefined, { errors: [{ pointer: '/id', detail: 'is taken' }], cause: error })
    }
  }

  async patch (gatewayId: string, patch: Patch, precondition: Precondition): Promise<ApiGateway> {
    return await untilUncontended(async () => {
      const gateway = await this.get(gatewayId)
      precondition.check(etagOf(gateway.revision))
      const { revision, ...draft } = gateway
      return await this.#store.replaceGateway(this.#patched(draft, patch), revision)
    })
  }

  /** @returns the revision of the deletion */
  async delete (gatewayId: string, precondition: Precondition): Promise<number> {
    return await untilUncontended(async () => {
      const gateway = await this.get(gatewayId)
      precondition.check(etagOf(gateway.revision))
      return await this.#store.deleteGateway(gatewayId, gateway.revision)
    })
  }

  #patched (gateway: Draft<ApiGateway>, patch: Patch): Draft<ApiGateway> {
    const { name, description, defaultEnvironment, environments, config } = gateway
    const draft = applyPatch<ApiGatewayDraft>({ name, description, defaultEnvironment, environments, config }, patch, checkDraft)
    const plugins = draft.config?.plugins ?? {}
    checkConfig(plugins)
    const names = environments.join(', ')
    if (!isDeepStrictEqual(draft.environments.toSorted(), environments.toSorted())) throw invalidField('/environments', `must be these, in any order: ${names}`)
    if (!environments.includes(draft.defaultEnvironment)) throw invalidField('/defaultEnvironment', `must be one of ${names}`)
    return { ...gateway, ...draft, description: draft.description ?? '', config: { plugins }, updatedAt: timestamp(this.#clock) }
  }
}

/** Rules between the plugins of one document. */
export function checkConfig (plugins: Plugins): void {
  const errors: FieldError[] = checkPlugins(plugins, '/config/plugins')
  if (errors.length > 0) throw new Problem('validation_failed', undefined, { errors })
}
