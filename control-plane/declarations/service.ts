import { setImmediate } from 'node:timers/promises'
import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { ReleaseRoute } from '#shared/feed.ts'
import { invalidField } from '../field-errors.ts'
import { etagOf, type Precondition } from '../conditional.ts'
import type { FunctionBuilder } from '../functions/builder.ts'
import { routeOf } from '../functions/deployment.ts'
import { isRefusal, refused, type Preflight } from '../releases/preflight.ts'
import { madeOrGone, untilUncontended } from '../retry.ts'
import type { Store } from '../store/store.ts'
import { documentTag, exportGateway } from './export.ts'
import { planImport } from './plan.ts'
import { preflightImport } from './preflight.ts'
import type { Format } from './text.ts'
import { maxDocumentBytes, type GatewayDocument, type ImportPlan } from './schema.ts'
import { WantedFunctions, type WantedFunction } from './sources.ts'
import { readState, type GatewayState } from './state.ts'
import type { DocumentThread } from './thread.ts'

export interface DeclarationServiceOptions { store: Store, clock: Clock, builder: FunctionBuilder, documents: DocumentThread, preflight: Preflight, keyPepper: string | null }
export interface Exported { text: string, etag: string }
export interface ImportOptions { dryRun: boolean, prune: boolean, force: boolean, precondition: Precondition }

export interface Imported {
  plan: ImportPlan
  created: boolean
  /** The gateway's; `null`: it would be made. */
  etag: string | null
  /** The store's, at which all of this holds. */
  revision: number
}

const comment = ' Secrets are here by name alone, and keys of clients not at all.'

/** Whole gateways as documents. */
export class DeclarationService {
  readonly #options: DeclarationServiceOptions
  readonly #store: Store

  constructor (options: DeclarationServiceOptions) {
    this.#options = options
    this.#store = options.store
  }

  /** @throws {Problem} `api_gateway_not_found`, `document_too_large` */
  async export (gatewayId: string, format: Format): Promise<Exported> {
    const exported = await untilUncontended(() => exportGateway(this.#store, gatewayId))
    if (exported === null) throw new Problem('api_gateway_not_found')
    const { document } = exported
    if (document === null) throw tooLarge()
    const text = format === 'json' ? `${JSON.stringify(document, undefined, 2)}\n` : await this.#options.documents.write(document, comment)
    if (Buffer.byteLength(text) > maxDocumentBytes) throw tooLarge()
    return { text, etag: documentTag(document, format) }
  }

  /** Brings the gateway to what the document says: all of it or nothing. @throws {Problem} where it cannot be */
  async import (gatewayId: string, body: Buffer, format: Format, options: ImportOptions): Promise<Imported> {
    return await this.importDocument(gatewayId, await this.#options.documents.read(body, format), options)
  }

  /** The same with a document that has been read. */
  async importDocument (gatewayId: string, document: GatewayDocument, options: ImportOptions): Promise<Imported> {
    if (document.id !== undefined && document.id !== gatewayId) {
      throw invalidField('/id', `must be ${gatewayId}, as in the path, or be left out`)
    }
    const wanted = await WantedFunctions.read(this.#store, this.#options.builder, gatewayId, document.functions ?? {})
    return await untilUncontended(() => this.#attempt(gatewayId, document, wanted, options))
  }

  async #attempt (gatewayId: string, document: GatewayDocument, wanted: WantedFunctions, { dryRun, prune, force, precondition }: ImportOptions): Promise<Imported> {
    const state = await readState(this.#store, gatewayId)
    if (state === null) precondition.check(null)
    else precondition.check(etagOf(state.gateway.revision), precondition.namesTags ? await this.#documentTags(gatewayId) : [])
    const now = timestamp(this.#options.clock)
    const functions = await wanted.compare(state?.functions ?? new Map(), now)
    const versions = await this.#versions(gatewayId, document, state, functions)
    const planned = await planImport({ gatewayId, document, state, functions, versions, prune, now, keyPepper: this.#options.keyPepper })
    const { findings, writes } = await preflightImport(this.#store, this.#options.preflight, { state, writes: planned.writes })
    if (!dryRun && !force && findings.some(isRefusal)) throw refused(findings, 'With ?force=true it is imported nevertheless.')
    const plan = { dryRun, changed: writes.length > 0, steps: planned.steps, findings }
    const revision = dryRun ? await this.#store.revision() : await madeOrGone(() => this.#store.writeTogether(writes))
    const gateway = await this.#store.getGateway(gatewayId)
    return { plan, created: state === null && !dryRun, etag: gateway && etagOf(gateway.revision), revision }
  }

  /** Of an export in any format. */
  async #documentTags (gatewayId: string): Promise<string[]> {
    const { document = null } = await exportGateway(this.#store, gatewayId) ?? {}
    return document === null ? [] : (['yaml', 'json'] as const).map(format => documentTag(document, format))
  }

  /** Most versions that a document names are served already, or are the newest. */
  async #versions (gatewayId: string, { environments = [] }: GatewayDocument, state: GatewayState | null, functions: readonly WantedFunction[]): Promise<Map<string, ReleaseRoute>> {
    const known = [...functions.map(({ route }) => route), ...state?.environments.flatMap(({ routes }) => routes) ?? []]
    const versions = new Map(known.map(route => [route.versionId, route]))
    for (const { serves = {} } of environments) {
      for (const [functionName, versionId] of Object.entries(serves)) {
        if (versionId === null || versions.has(versionId)) continue
        // Others are to be answered in between.
        await setImmediate()
        const version = await this.#store.getFunctionVersion(gatewayId, functionName, versionId)
        if (version !== null) versions.set(versionId, routeOf(version))
      }
    }
    return versions
  }
}

function tooLarge (): Problem {
  return new Problem('document_too_large', `A document has at most ${maxDocumentBytes} bytes.`)
}
