import { hash } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { LRUCache } from 'lru-cache'
import { runInstaller } from './installer-process.ts'
import { defaultLimits, type Dependencies, type PackageLimits } from './messages.ts'
import { createQueue } from '../queue.ts'
import type { LockedPackage } from '../store/documents.ts'

/** Packages in a folder of their own, for as long as they are held. */
export interface InstalledPackages {
  locked: LockedPackage[]
  folder: string
  /** What a build can see, relative to the folder, with `/`. */
  files: ReadonlySet<string>
  release: () => void
}

export interface PackagesOptions {
  /** `null`: npm's own. */
  registry: string | null
  /** Environment variables for the way to it. */
  connection?: Record<string, string> | null
  limits?: Partial<PackageLimits> | undefined
}

/** Folders that are kept for whoever builds with the same packages next. */
const maxFolders = 16
const maxAtOnce = 2
const maxWaiting = 50

interface Folder extends Omit<InstalledPackages, 'release'> {
  holders: number
  /** To be removed when nobody holds it any more. */
  evicted: boolean
}

/**
 * npm packages for builds. Registries and what they send are dealt with in processes of their own, a few at a time, which can be ended:
 * neither a slow registry nor a huge package is felt by whoever else uses this process.
 */
export class Packages {
  readonly #registry: string | null
  readonly #env: Record<string, string>
  readonly #limits: PackageLimits
  readonly #queue = createQueue({ maxAtOnce, maxWaiting, what: 'functions wait for their packages' })
  readonly #folders = new LRUCache<string, Folder>({ max: maxFolders, dispose: folder => this.#evict(folder) })
  readonly #removals = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  constructor ({ registry, connection, limits }: PackagesOptions) {
    this.#registry = registry
    this.#env = connection ?? {}
    this.#limits = { ...defaultLimits, ...limits }
  }

  /** The newest packages that satisfy the ranges, now. @throws {Problem} `build_failed`, `registry_unavailable` */
  async resolve (dependencies: Dependencies): Promise<InstalledPackages> {
    return this.#hold(await this.#install({ dependencies }))
  }

  /** Exactly these. @throws {Problem} `build_failed`, `registry_unavailable` */
  async install (locked: LockedPackage[]): Promise<InstalledPackages> {
    return this.#hold(this.#folders.get(lockKey(locked)) ?? await this.#install({ locked }))
  }

  async close (): Promise<void> {
    this.#closing.abort()
    await this.#queue.idle()
    this.#folders.clear()
    await Promise.all(this.#removals)
  }

  async #install (wanted: { dependencies: Dependencies } | { locked: LockedPackage[] }): Promise<Folder> {
    return await this.#queue.run(async () => {
      const made = await realpath(await mkdtemp(path.join(tmpdir(), 'imprun-packages-')))
      try {
        const request = { folder: made, registry: this.#registry, limits: this.#limits, ...wanted }
        const { locked, files } = await runInstaller(request, { env: this.#env, signal: this.#closing.signal })
        const folder: Folder = { locked, folder: made, files: new Set(files), holders: 0, evicted: false }
        this.#folders.set(lockKey(locked), folder)
        return folder
      } catch (error) {
        await rm(made, { recursive: true, force: true })
        throw error
      }
    })
  }

  #hold (folder: Folder): InstalledPackages {
    folder.holders++
    let held = true
    const release = (): void => {
      if (!held) return
      held = false
      folder.holders--
      if (folder.evicted) this.#evict(folder)
    }
    return { locked: folder.locked, folder: folder.folder, files: folder.files, release }
  }

  #evict (folder: Folder): void {
    folder.evicted = true
    if (folder.holders > 0) return
    const removal = rm(folder.folder, { recursive: true, force: true }).finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }
}

function lockKey (locked: LockedPackage[]): string {
  return hash('sha256', JSON.stringify(locked))
}
