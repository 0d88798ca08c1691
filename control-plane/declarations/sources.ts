import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Problem, type FieldError } from '#shared/errors.ts'
import type { ReleaseRoute } from '#shared/feed.ts'
import { escapePointer } from '../field-errors.ts'
import type { BuiltVersion, FunctionBuilder } from '../functions/builder.ts'
import { routeOf } from '../functions/deployment.ts'
import { administrator } from '../authors.ts'
import { functionDrafts, type FunctionDrafts } from '../functions/drafts.ts'
import type { FunctionDraft } from '../functions/schema.ts'
import { readSource, type FunctionSource } from '../functions/source.ts'
import type { CloudFunction } from '../store/documents.ts'
import type { Store } from '../store/store.ts'
import { readNewest } from './state.ts'

/** What a document says of a function, beside what there is. */
export interface WantedFunction {
  name: string
  /** As it was compared; `null`: it is new. */
  current: CloudFunction | null
  /** JSON pointers of what differs. */
  fields: string[]
  /** What is to be stored; `null`: it is as it should be. */
  drafts: FunctionDrafts | null
  /** How a release serves it. */
  route: ReleaseRoute
}

/** In memory at once, before any of it is stored. */
const maxBuiltBytes = 32 * 1024 * 1024
const maxErrors = 20

/** The functions of one document, which are built once however often the gateway has changed in between. */
export class WantedFunctions {
  readonly #store: Store
  readonly #builder: FunctionBuilder
  readonly #gatewayId: string
  readonly #sources: ReadonlyMap<string, FunctionSource>
  readonly #wanted = new Map<string, WantedFunction>()
  readonly #built = new Map<string, BuiltVersion>()

  private constructor (options: { store: Store, builder: FunctionBuilder, gatewayId: string, sources: ReadonlyMap<string, FunctionSource> }) {
    this.#store = options.store
    this.#builder = options.builder
    this.#gatewayId = options.gatewayId
    this.#sources = options.sources
  }

  /** @throws {Problem} `validation_failed` */
  static async read (store: Store, builder: FunctionBuilder, gatewayId: string, drafts: Readonly<Record<string, FunctionDraft>>): Promise<WantedFunctions> {
    const sources = new Map<string, FunctionSource>()
    await eachWithErrors(Object.entries(drafts), 'validation_failed', async ([name, draft]) => { sources.set(name, readSource(name, draft)) })
    return new WantedFunctions({ store, builder, gatewayId, sources })
  }

  /** Builds what differs from these. @throws {Problem} `build_failed`, `registry_unavailable`, `payload_too_large` */
  async compare (functions: ReadonlyMap<string, CloudFunction>, now: string): Promise<WantedFunction[]> {
    await eachWithErrors([...this.#sources], 'build_failed', async ([name, source]) => {
      const current = functions.get(name) ?? null
      const before = this.#wanted.get(name)
      if (before !== undefined && before.current?.revision === current?.revision) return
      this.#wanted.set(name, await this.#compare(name, source, current, now))
    })
    return [...this.#wanted.values()]
  }

  async #compare (name: string, source: FunctionSource, current: CloudFunction | null, now: string): Promise<WantedFunction> {
    const newest = current && await readNewest(this.#store, current)
    const fields = newest === null ? [] : differingFields(readSource(name, newest.draft), source)
    if (newest !== null && fields.length === 0) return { name, current, fields, drafts: null, route: routeOf(newest.version) }
    const drafts = functionDrafts({ gatewayId: this.#gatewayId, functionName: name }, source, await this.#build(name, source), current, { author: administrator, message: '', now })
    return { name, current, fields, drafts, route: routeOf(drafts.version) }
  }

  async #build (name: string, source: FunctionSource): Promise<BuiltVersion> {
    const built = this.#built.get(name) ?? await this.#builder.build({ gatewayId: this.#gatewayId, functionName: name }, source, { updateDependencies: false })
    this.#built.set(name, built)
    const bytes = [...this.#built.values()].reduce((sum, { bundle, sourceMap }) => sum + bundle.length + sourceMap.length, 0)
    if (bytes > maxBuiltBytes) throw new Problem('payload_too_large', `The functions make bundles of more than ${maxBuiltBytes} bytes. Import them in several documents.`)
    return built
  }
}

/** What a draft says beside its files, in its canonical form. */
export function settingsOf (name: string, draft: FunctionDraft): Omit<FunctionSource, 'files' | 'entrypoint' | 'pointer' | 'dependencies'> {
  const { files: _files, entrypoint: _entrypoint, ...settings } = draft
  const { files: _none, entrypoint: _made, pointer: _pointer, dependencies: _dependencies, ...canonical } = readSource(name, { ...settings, ...(settings.upstream === undefined && { source: '' }) })
  return canonical
}

function differingFields (from: FunctionSource, to: FunctionSource): string[] {
  const { files: oldFiles, pointer: _a, dependencies: _b, ...before } = from
  const { files: newFiles, pointer: _c, dependencies: _d, ...after } = to
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])] as Array<keyof typeof after>
  const paths = [...new Set([...oldFiles.keys(), ...newFiles.keys()])]
  return [
    ...members.filter(member => !isDeepStrictEqual(before[member], after[member])),
    ...paths.filter(path => oldFiles.get(path) !== newFiles.get(path)).map(path => `files/${escapePointer(path)}`)
  ].map(field => `/${field}`).sort()
}

/** Gathers what is wrong with functions, so that all of it is said at once. */
async function eachWithErrors<Named extends readonly [name: string, unknown]> (
  items: readonly Named[], code: 'validation_failed' | 'build_failed', work: (item: Named) => Promise<void>
): Promise<void> {
  const errors: FieldError[] = []
  for (const item of items) {
    // Others are to be answered in between.
    await setImmediate()
    try {
      await work(item)
    } catch (error) {
      if (!(error instanceof Problem && error.code === code && error.errors)) throw error
      errors.push(...error.errors.map(fault => ({ ...fault, pointer: `/functions/${escapePointer(item[0])}${fault.pointer}` })))
      if (errors.length >= maxErrors) break
    }
  }
  const [first] = errors
  if (first === undefined) return
  throw new Problem(code, code === 'build_failed' ? `${first.pointer}: ${first.detail}` : undefined, { errors: errors.slice(0, maxErrors) })
}
