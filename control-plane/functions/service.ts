import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import { administrator } from '../authors.ts'
import type { Precondition } from '../conditional.ts'
import { requireGateway } from '../existing.ts'
import { madeOrGone, untilUncontended } from '../retry.ts'
import type { CloudFunction, FunctionVersion, FunctionVersionSummary } from '../store/documents.ts'
import type { Page, PageRequest, Store, StoreWrite } from '../store/store.ts'
import type { FunctionBuilder } from './builder.ts'
import { planDeployment, routeOf } from './deployment.ts'
import { functionEtag, versionInEtag } from './etag.ts'
import { functionDrafts, type FunctionDrafts } from './drafts.ts'
import { planPlacement, previewOf, type Placement, type PlacedPreview, type Target } from './placement.ts'
import type { FunctionDraft } from './schema.ts'
import { readSource } from './source.ts'

export interface FunctionServiceOptions { store: Store, clock: Clock, builder: FunctionBuilder }
export interface FunctionRef { gatewayId: string, functionName: string }

export interface SaveOptions { target: Target, updateDependencies: boolean, precondition: Precondition }

export interface SavedFunction {
  fn: CloudFunction
  created: boolean
  /** Of dev; `null`: it was not deployed. */
  release: number | null
  /** `null`: none was asked for. */
  preview: PlacedPreview | null
  /** The store's, at which all of this holds. */
  revision: number
}

/** The rules of functions. */
export class FunctionService {
  readonly #store: Store
  readonly #clock: Clock
  readonly #builder: FunctionBuilder

  constructor ({ store, clock, builder }: FunctionServiceOptions) {
    this.#store = store
    this.#clock = clock
    this.#builder = builder
  }

  async list (gatewayId: string, page: PageRequest): Promise<Page<CloudFunction>> {
    await requireGateway(this.#store, gatewayId)
    return await this.#store.listFunctions(gatewayId, page)
  }

  async get (ref: FunctionRef): Promise<CloudFunction> {
    const fn = await this.#store.getFunction(ref.gatewayId, ref.functionName)
    if (fn !== null) return fn
    await requireGateway(this.#store, ref.gatewayId)
    throw new Problem('function_not_found')
  }

  async getWithFiles (ref: FunctionRef): Promise<{ fn: CloudFunction, version: FunctionVersion }> {
    const fn = await this.get(ref)
    const version = await this.#store.getFunctionVersion(ref.gatewayId, ref.functionName, fn.latestVersion)
    if (version === null) throw new Error(`Version ${fn.latestVersion} of ${ref.gatewayId}/${ref.functionName} is not in the store`)
    return { fn, version }
  }

  async listVersions (ref: FunctionRef, page: PageRequest): Promise<Page<FunctionVersionSummary>> {
    await this.get(ref)
    return await this.#store.listFunctionVersions(ref.gatewayId, ref.functionName, page)
  }

  /** Stores the version that the draft makes, and lets dev or a preview serve it if told to: both or neither. */
  async save (ref: FunctionRef, draft: FunctionDraft, { target, updateDependencies, precondition }: SaveOptions): Promise<SavedFunction> {
    await requireGateway(this.#store, ref.gatewayId)
    const source = readSource(ref.functionName, draft)
    // Built before anything is decided: it takes longest, and needs nothing that others could change meanwhile.
    const built = await this.#builder.build(ref, source, { updateDependencies })
    return await untilUncontended(async () => {
      const current = await this.#store.getFunction(ref.gatewayId, ref.functionName)
      await this.#checkUnchanged(ref, current, precondition)
      const now = timestamp(this.#clock)
      const message = draft.message ?? ''
      const drafts = functionDrafts(ref, source, built, current, { author: administrator, message, now })
      const placement = await planPlacement(this.#store, target, { gatewayId: ref.gatewayId, route: routeOf(drafts.version), message, now })
      return await this.#write(drafts, current, placement)
    })
  }

  /** It leaves the list and dev; other environments serve what was released to them until the next promotion. @returns the revision */
  async delete (ref: FunctionRef, precondition: Precondition): Promise<number> {
    return await untilUncontended(async () => {
      const fn = await this.get(ref)
      await this.#checkUnchanged(ref, fn, precondition)
      const without = await planDeployment(this.#store, ref.gatewayId, timestamp(this.#clock), routes =>
        routes.filter(({ functionName }) => functionName !== ref.functionName))
      return await this.#store.deleteFunction(ref.gatewayId, ref.functionName, fn.revision, without?.deployment ?? null)
    })
  }

  /** @throws {Problem} `precondition_failed` that names the version that is there and the one that the caller has seen */
  async #checkUnchanged ({ gatewayId, functionName }: FunctionRef, current: CloudFunction | null, precondition: Precondition): Promise<void> {
    const etag = current && functionEtag(current)
    if (current === null || etag === null || precondition.holds(etag) || !precondition.namesTags) return precondition.check(etag)
    const seen = precondition.tags.map(versionInEtag).find(version => version !== null) ?? null
    const describe = async (id: string | null) => {
      const version = id === null ? null : await this.#store.getFunctionVersion(gatewayId, functionName, id)
      return version && { version: version.id, number: version.number, author: version.author, message: version.message, createdAt: version.createdAt }
    }
    const [theirs, yours] = [await describe(current.latestVersion), await describe(seen)]
    const based = yours === null ? 'what you have seen' : `version ${yours.number}, which you have seen`
    throw new Problem('precondition_failed', `Version ${theirs?.number} by ${theirs?.author} was saved after ${based}.`, { headers: { etag }, extra: { current: theirs, yours } })
  }

  async #write ({ fn, version }: FunctionDrafts, current: CloudFunction | null, { deployment, extension, current: served, preview }: Placement): Promise<SavedFunction> {
    const expected = current?.revision ?? null
    const created = current === null
    if (deployment === null) {
      const isKnown = current?.latestVersion === version.id
      const save: StoreWrite[] = isKnown ? [] : [{ write: 'saveFunction', with: [fn, version, expected, null] }]
      const revision = await madeOrGone(() => this.#store.writeTogether([...save, ...(extension === null ? [] : [extension])]))
      return { fn: isKnown ? current : { ...fn, revision }, created, release: served, preview, revision }
    }
    const saved = await madeOrGone(() => this.#store.saveFunction(fn, version, expected, deployment))
    const { number } = saved.release!
    return { fn: saved.fn, created, release: deployment.use === undefined ? number : null, preview: previewOf(deployment, number), revision: saved.fn.revision }
  }
}
