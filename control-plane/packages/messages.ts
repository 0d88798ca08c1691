import type { LockedPackage } from '../store/documents.ts'

/** Names and ranges, as `dependencies` of a package.json has them. */
export type Dependencies = Record<string, string>

export interface PackageLimits {
  packages: number
  /** The code of all packages together. One tarball may have four times as much. */
  unpackedBytes: number
  /** From the first question to the registry to the last file. */
  timeMs: number
}

export const defaultLimits: PackageLimits = { packages: 200, unpackedBytes: 20 * 1024 * 1024, timeMs: 60_000 }

/** What an installer process is told. It works in `folder`, and nowhere else. */
export type InstallRequest = { folder: string, registry: string | null, limits: PackageLimits } & (
  | { dependencies: Dependencies }
  | { locked: LockedPackage[] }
)

export interface Installed {
  locked: LockedPackage[]
  /** Relative to the folder, with `/`. */
  files: string[]
}

/** `refused`: these packages cannot be used, `unavailable`: nobody can say, for the registry does not answer as it should. */
export interface InstallRefusal {
  reason: 'refused' | 'unavailable'
  /** For whoever publishes the function. */
  detail: string
}

export type InstallReply = { ok: true, installed: Installed } | { ok: false, refusal: InstallRefusal }
