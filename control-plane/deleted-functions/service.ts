import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { Precondition } from '../conditional.ts'
import { requireGateway } from '../existing.ts'
import { planRoute, routeOf, type Plan } from '../functions/deployment.ts'
import { functionEtag } from '../functions/etag.ts'
import type { FunctionRef, SavedFunction } from '../functions/service.ts'
import { madeOrGone, untilUncontended } from '../retry.ts'
import type { DeletedFunction } from '../store/documents.ts'
import type { Page, PageRequest, Store } from '../store/store.ts'

/** Functions that were deleted, for as long as they can come back. */
export class DeletedFunctionService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  async list (gatewayId: string, page: PageRequest): Promise<Page<DeletedFunction>> {
    await requireGateway(this.#store, gatewayId)
    return await this.#store.listDeletedFunctions(gatewayId, page)
  }

  async get ({ gatewayId, functionName }: FunctionRef): Promise<DeletedFunction> {
    const deleted = await this.#store.getDeletedFunction(gatewayId, functionName)
    if (deleted !== null) return deleted
    await requireGateway(this.#store, gatewayId)
    throw new Problem('function_not_found', 'There is no deleted function of this name that could be restored.')
  }

  /** As it was when it was deleted: nothing is built. Dev serves it again unless told not to: both or neither. */
  async restore (ref: FunctionRef, { deploy, precondition }: { deploy: boolean, precondition: Precondition }): Promise<SavedFunction> {
    return await untilUncontended(async () => {
      await this.#requireAbsence(ref)
      const deleted = await this.get(ref)
      precondition.check(functionEtag(deleted))
      const now = timestamp(this.#clock)
      const plan = deploy ? await this.#planDeployment(deleted, now) : null
      const { deletedAt: _at, restorableUntil: _until, revision, ...draft } = deleted
      const { fn, release } = await madeOrGone(() => this.#store.restoreFunction({ ...draft, updatedAt: now }, revision, plan?.deployment ?? null))
      return { fn, created: true, release: release?.number ?? plan?.current ?? null, preview: null, revision: fn.revision }
    })
  }

  async #requireAbsence ({ gatewayId, functionName }: FunctionRef): Promise<void> {
    const fn = await this.#store.getFunction(gatewayId, functionName)
    if (fn === null) return
    throw new Problem('function_exists', `"${functionName}" is there. What it was before stands among its versions.`, { headers: { etag: functionEtag(fn) } })
  }

  async #planDeployment ({ gatewayId, name, latestVersion }: DeletedFunction, now: string): Promise<Plan> {
    const version = await this.#store.getFunctionVersion(gatewayId, name, latestVersion)
    if (version === null) throw new Error(`Version ${latestVersion} of ${gatewayId}/${name} is not in the store`)
    return await planRoute(this.#store, gatewayId, now, routeOf(version))
  }
}
