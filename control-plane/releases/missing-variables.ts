import { LRUCache } from 'lru-cache'
import type { ReleaseOrigin } from '../store/documents.ts'
import { readAll } from '../store/read-all.ts'
import type { EnvironmentRef, Store } from '../store/store.ts'
import type { RouteChange } from './changes.ts'
import { findVariableNames } from './variable-names.ts'

/** A variable or secret that a function reads and its environment does not have. */
export interface MissingVariable {
  name: string
  functionName: string
  /** Whether the environment that the function comes from has it. */
  isInSource: boolean
}

const maxVersions = 5_000

/** Looks into the code of what a release would bring. */
export class VariableCheck {
  readonly #store: Store
  /** By gateway and version, which never change. */
  readonly #names = new LRUCache<string, string[]>({ max: maxVersions })

  constructor (store: Store) {
    this.#store = store
  }

  async find (target: EnvironmentRef, origin: ReleaseOrigin, changes: readonly RouteChange[]): Promise<MissingVariable[]> {
    const brought = changes.flatMap(({ before, after }) => after === null || before?.versionId === after.versionId ? [] : [after])
    if (brought.length === 0) return []
    const present = await this.#variablesOf(target)
    const inSource = origin.kind === 'promotion' ? await this.#variablesOf({ ...target, environment: origin.environment }) : new Set<string>()
    const missing: MissingVariable[] = []
    for (const { functionName, versionId } of brought) {
      const names = await this.#namesIn(target.gatewayId, functionName, versionId)
      for (const name of names) if (!present.has(name)) missing.push({ name, functionName, isInSource: inSource.has(name) })
    }
    return missing
  }

  async #variablesOf (environment: EnvironmentRef): Promise<Set<string>> {
    const variables = await readAll(async page => await this.#store.listVariables(environment, page))
    return new Set(variables.map(({ name }) => name))
  }

  async #namesIn (gatewayId: string, functionName: string, versionId: string): Promise<string[]> {
    const key = `${gatewayId}/${versionId}`
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const version = await this.#store.getFunctionVersion(gatewayId, functionName, versionId)
    const names = version === null ? [] : findVariableNames(version.bundle)
    this.#names.set(key, names)
    return names
  }
}
