import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import { effectivePlugins } from '#shared/plugins/rules.ts'
import { periodAt, type Period } from '#shared/policies/quota/period.ts'
import type { QuotaConfig } from '#shared/policies/quota/schema.ts'
import { setQuotas, type SetQuota } from '#shared/policies/quota/set-quotas.ts'
import { quotaPeriod, quotaSubject, type QuotaAnswer, type QuotaReport } from '#shared/quotas.ts'
import { opens, type Scope } from '../data-plane-tokens/scope.ts'
import { requireEnvironment, requireGateway } from '../existing.ts'
import { untilUncontended } from '../retry.ts'
import type { ClientApp, Environment } from '../store/documents.ts'
import type { EnvironmentRef, Page, PageRequest, Store } from '../store/store.ts'

/** How much of a quota is used. */
export interface QuotaState {
  /** `null`: of all requests of the environment together. */
  clientId: string | null
  /** Of the endpoint that has this quota for itself; `null`: of all others. */
  functionName: string | null
  quota: SetQuota
  period: Period
  used: number
}

/** A quota of an environment, as it is set. */
interface QuotaOfPlace {
  functionName: string | null
  quota: SetQuota
  /** It also counts requests of nobody, all together. */
  isOpen: boolean
}

interface Subject {
  client: ClientApp | null
  set: QuotaOfPlace
}

/** What is used of quotas: what data planes have told, about a second ago. */
export class QuotaService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /** By client; on the first page those of the environment as a whole come before. */
  async list (ref: EnvironmentRef, page: PageRequest): Promise<Page<QuotaState>> {
    const { environment, quotas } = await this.#find(ref)
    const clients = await this.#store.listClients(ref, page)
    const subjects = [...(page.after === null ? ofEnvironment(quotas) : []), ...clients.items.flatMap(client => ofClient(client, quotas))]
    return { ...clients, items: await this.#states(environment, subjects) }
  }

  async ofClient (ref: EnvironmentRef, clientId: string): Promise<QuotaState[]> {
    const { environment, quotas } = await this.#find(ref)
    return await this.#states(environment, ofClient(await this.#requireClient(ref, clientId), quotas))
  }

  /** Begins the periods of this client anew. @returns the revision from which on they are */
  async resetClient (ref: EnvironmentRef, clientId: string): Promise<number> {
    return await untilUncontended(async () => {
      await requireEnvironment(this.#store, ref)
      const { revision, quotaResets = 0, ...client } = await this.#requireClient(ref, clientId)
      return (await this.#store.replaceClient(ref, { ...client, quotaResets: quotaResets + 1, updatedAt: timestamp(this.#clock) }, revision)).revision
    })
  }

  /** Those of the environment as a whole; each client goes on. @returns the revision from which on they are */
  async resetEnvironment (ref: EnvironmentRef): Promise<number> {
    return await untilUncontended(async () => {
      const { revision, quotaResets = 0, ...environment } = await requireEnvironment(this.#store, ref)
      return (await this.#store.replaceEnvironment({ ...environment, quotaResets: quotaResets + 1, updatedAt: timestamp(this.#clock) }, revision)).revision
    })
  }

  /** What a token does not open is as if it were not there. */
  async report (scope: Scope, { ledger, uses }: QuotaReport): Promise<QuotaAnswer> {
    const opened = uses.filter(({ environment }) => opens(scope, environment))
    const others = await this.#store.addQuotaUses(ledger, opened, this.#clock.now())
    const known = new Map(opened.map((use, i) => [use, others[i]!]))
    return { others: uses.map(use => known.get(use) ?? 0) }
  }

  async #find (ref: EnvironmentRef): Promise<{ environment: Environment, quotas: QuotaOfPlace[] }> {
    const environment = await requireEnvironment(this.#store, ref)
    const gateway = await requireGateway(this.#store, ref.gatewayId)
    const { quota, none } = effectivePlugins(gateway.config.plugins, environment.config.plugins)
    const isOpen = none !== undefined
    const release = environment.release === null ? null : await this.#store.getRelease(ref, environment.release)
    const own = (release?.routes ?? []).flatMap(({ functionName, plugins }) => ofPlace(functionName, plugins?.quota, isOpen))
    return { environment, quotas: [...ofPlace(null, quota, isOpen), ...own] }
  }

  async #requireClient (ref: EnvironmentRef, clientId: string): Promise<ClientApp> {
    const client = await this.#store.getClient(ref, clientId)
    if (client === null) throw new Problem('client_not_found')
    return client
  }

  async #states ({ gatewayId, name, quotaResets = 0 }: Environment, subjects: readonly Subject[]): Promise<QuotaState[]> {
    const now = this.#clock.now()
    const states = subjects.map(({ client, set: { functionName, quota } }) => {
      const period = periodAt(quota.period, quota.timeZone, now)
      const clientId = client === null ? null : client.id
      const resets = client === null ? quotaResets : client.quotaResets ?? 0
      return { ref: { gatewayId, environment: name, subject: quotaSubject(clientId, functionName), period: quotaPeriod(period.key, resets) }, clientId, functionName, quota, period }
    })
    const used = await this.#store.sumQuotaUses(states.map(({ ref }) => ref))
    return states.map(({ ref: _ref, ...state }, i) => ({ ...state, used: used[i]! }))
  }
}

function ofPlace (functionName: string | null, config: QuotaConfig | undefined, isOpen: boolean): QuotaOfPlace[] {
  return config === undefined ? [] : setQuotas(config).map(quota => ({ functionName, quota, isOpen }))
}

function ofEnvironment (quotas: readonly QuotaOfPlace[]): Subject[] {
  return quotas.filter(({ quota, isOpen }) => isOpen || quota.by === 'environment').map(set => ({ client: null, set }))
}

/** Quotas of its own are in the place of all others. */
function ofClient (client: ClientApp, quotas: readonly QuotaOfPlace[]): Subject[] {
  const own = client.plugins?.quota
  return (own === undefined ? quotas : ofPlace(null, own, false)).filter(({ quota }) => quota.by !== 'environment').map(set => ({ client, set }))
}
