import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Problem } from '#shared/errors.ts'
import type { RoutePlugins } from '#shared/plugins/plugins.ts'
import { escapePointer } from '#shared/json-schema/run.ts'
import type { Precondition } from '../conditional.ts'
import { apiVersion, kind, maxFunctions } from '../declarations/schema.ts'
import type { DeclarationService, Imported } from '../declarations/service.ts'
import { readNewest } from '../declarations/state.ts'
import type { DocumentThread } from '../declarations/thread.ts'
import type { Format } from '../declarations/text.ts'
import { requireEnvironment, requireGateway } from '../existing.ts'
import type { FunctionDraft } from '../functions/schema.ts'
import { servedRoutes } from '../releases/served.ts'
import { untilUncontended } from '../retry.ts'
import type { EnvironmentRef, Store } from '../store/store.ts'
import { describeServed } from './export/document.ts'
import type { ImportedApi, ImportedEndpoint } from './import/document.ts'
import type { OpenApiPlan } from './schema.ts'

export interface OpenApiServiceOptions { store: Store, baseDomain: string, declarations: Pick<DeclarationService, 'importDocument'>, documents: Pick<DocumentThread, 'readOpenApi'> }
export interface OpenApiImportOptions { dryRun: boolean, force: boolean, strict: boolean, upstream: string | null, precondition: Precondition }

/** What a mock stands in for, until somebody writes it. */
const unwritten = "export default () => new Response('This operation has not been written yet.', { status: 501 })\n"

/** Gateways as documents of OpenAPI. */
export class OpenApiService {
  readonly #store: Store
  readonly #baseDomain: string
  readonly #declarations: OpenApiServiceOptions['declarations']
  readonly #documents: OpenApiServiceOptions['documents']

  constructor ({ store, baseDomain, declarations, documents }: OpenApiServiceOptions) {
    this.#store = store
    this.#baseDomain = baseDomain
    this.#declarations = declarations
    this.#documents = documents
  }

  /** Makes an endpoint of each operation, or brings the one that is there up to it: all of them or none. @throws {Problem} where it cannot be */
  async import (gatewayId: string, body: Buffer, format: Format, { strict, upstream, ...options }: OpenApiImportOptions): Promise<Imported & { plan: OpenApiPlan }> {
    const { name } = await requireGateway(this.#store, gatewayId)
    const { endpoints, refused, ignored } = await this.#documents.readOpenApi(body, format)
    if (strict && refused.length + ignored.length > 0) throw new Problem('validation_failed', undefined, { errors: [...refused, ...ignored].slice(0, 20) })
    if (endpoints.length > maxFunctions) throw new Problem('validation_failed', undefined, { errors: [{ pointer: '/paths', detail: `must have at most ${maxFunctions} operations` }] })
    const functions: Record<string, FunctionDraft> = {}
    for (const endpoint of endpoints) {
      // Others are to be answered in between.
      await setImmediate()
      functions[endpoint.name] = await this.#draftOf(gatewayId, endpoint, upstream)
    }
    const imported = await this.#declarations.importDocument(gatewayId, { apiVersion, kind, name, functions }, { ...options, prune: false }).catch((error: unknown) => { throw placed(error, endpoints) })
    return { ...imported, plan: { ...imported.plan, steps: imported.plan.steps.filter(({ resource }) => resource === 'function' || resource === 'route'), refused, ignored } }
  }

  /** What an environment serves. @throws {Problem} `api_gateway_not_found`, `environment_not_found` */
  async export (ref: EnvironmentRef): Promise<object> {
    return await untilUncontended(async () => {
      const gateway = await requireGateway(this.#store, ref.gatewayId)
      const environment = await requireEnvironment(this.#store, ref)
      return describeServed({ gateway, environment, routes: await servedRoutes(this.#store, environment) }, this.#baseDomain)
    })
  }

  /** What has been written stays what it is: the document says where an endpoint is, and what it takes. */
  async #draftOf (gatewayId: string, { name, methods, path, validation, mocking }: ImportedEndpoint, upstream: string | null): Promise<FunctionDraft> {
    const fn = await this.#store.getFunction(gatewayId, name)
    const { draft: before } = fn === null ? { draft: null } : await readNewest(this.#store, fn)
    const target = before?.upstream ?? (before === null || isUnwritten(before) ? upstream === null ? undefined : { name: upstream } : undefined)
    const isMock = target === undefined && (before === null || isUnwritten(before))
    const { 'request-validation': _validation, mocking: mocked, ...others } = before?.plugins ?? {}
    const plugins: RoutePlugins = { ...others, ...(validation && { 'request-validation': validation }), ...(isMock ? { mocking } : mocked !== undefined && !isUnwritten(before) && { mocking: mocked }) }
    const settled = Object.keys(plugins).length === 0 ? {} : { plugins }
    if (target !== undefined) return { methods, path, upstream: upstream === null ? target : { ...target, name: upstream }, ...settled }
    if (before === null) return { methods, path, source: unwritten, ...settled }
    const { plugins: _plugins, ...rest } = before
    return { ...rest, methods, path, ...settled }
  }
}

function isUnwritten (draft: FunctionDraft | null): boolean {
  return draft !== null && isDeepStrictEqual(Object.values(draft.files ?? {}), [unwritten])
}

/** Faults of what was made, where they stand in the document. */
function placed (error: unknown, endpoints: ImportedApi['endpoints']): unknown {
  if (!(error instanceof Problem) || error.errors === undefined) return error
  const errors = error.errors.map(fault => {
    const endpoint = endpoints.find(({ name }) => fault.pointer.startsWith(`/functions/${escapePointer(name)}/`))
    return endpoint === undefined ? fault : { ...fault, pointer: endpoint.pointer, detail: `${fault.detail} (${fault.pointer})` }
  })
  return new Problem(error.code, error.message, { errors, headers: error.headers, extra: error.extra, cause: error })
}
