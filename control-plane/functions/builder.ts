import { isDeepStrictEqual } from 'node:util'
import { bundle, type Bundle } from '../build/bundle.ts'
import type { Compiler } from '../build/compiler.ts'
import { readDependencies } from '../packages/dependencies.ts'
import type { InstalledPackages, Packages } from '../packages/packages.ts'
import type { LockedPackage } from '../store/documents.ts'
import type { Store } from '../store/store.ts'
import { versionId, type FunctionSource } from './source.ts'

export interface BuiltVersion extends Bundle {
  id: string
  dependencies: LockedPackage[]
}

interface FunctionRef { gatewayId: string, functionName: string }

/** From what was sent to what runs. */
export class FunctionBuilder {
  readonly #store: Store
  readonly #compiler: Compiler
  readonly #packages: Packages

  constructor ({ store, compiler, packages }: { store: Store, compiler: Compiler, packages: Packages }) {
    this.#store = store
    this.#compiler = compiler
    this.#packages = packages
  }

  /** @throws {Problem} `build_failed`, `registry_unavailable` */
  async build (ref: FunctionRef, source: FunctionSource, { updateDependencies }: { updateDependencies: boolean }): Promise<BuiltVersion> {
    if (source.upstream !== undefined) return { id: versionId(ref.functionName, source, []), dependencies: [], bundle: '', sourceMap: '' }
    if (Object.keys(source.dependencies).length === 0) return await this.#known(ref, source, []) ?? await this.#make(ref, source, null)
    const locked = updateDependencies ? null : await this.#lockedBefore(ref, source)
    if (locked !== null) return await this.#known(ref, source, locked) ?? await this.#make(ref, source, await this.#packages.install(locked))
    return await this.#make(ref, source, await this.#packages.resolve(source.dependencies))
  }

  /** The packages of the version before, where it asked for the same: publishing again moves nothing unasked. `null`: to be resolved. */
  async #lockedBefore ({ gatewayId, functionName }: FunctionRef, { dependencies }: FunctionSource): Promise<LockedPackage[] | null> {
    const fn = await this.#store.getFunction(gatewayId, functionName)
    const version = fn && await this.#store.getFunctionVersion(gatewayId, functionName, fn.latestVersion)
    if (version === null) return null
    const before = readDependencies(new Map(Object.entries(version.files))).dependencies
    return isDeepStrictEqual(before, dependencies) ? version.dependencies : null
  }

  /** What has been a version once is not built again. */
  async #known ({ gatewayId, functionName }: FunctionRef, source: FunctionSource, dependencies: LockedPackage[]): Promise<BuiltVersion | null> {
    const id = versionId(functionName, source, dependencies)
    const version = await this.#store.getFunctionVersion(gatewayId, functionName, id)
    return version && { id, dependencies, bundle: version.bundle, sourceMap: version.sourceMap }
  }

  async #make (ref: FunctionRef, source: FunctionSource, installed: InstalledPackages | null): Promise<BuiltVersion> {
    const dependencies = installed?.locked ?? []
    const names = new Set(Object.keys(source.dependencies))
    try {
      const known = await this.#known(ref, source, dependencies)
      if (known !== null) return known
      const built = await bundle(this.#compiler, source, installed && { folder: installed.folder, files: installed.files, names })
      return { id: versionId(ref.functionName, source, dependencies), dependencies, ...built }
    } finally {
      installed?.release()
    }
  }
}
