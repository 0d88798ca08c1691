import type { CloudFunction, FunctionVersion } from '../store/documents.ts'
import type { Draft } from '../store/store.ts'
import type { BuiltVersion } from './builder.ts'
import type { FunctionSource } from './source.ts'

export interface FunctionDrafts {
  fn: Draft<CloudFunction>
  version: Omit<FunctionVersion, 'number'>
}

/** Who saves it, what for, and when. */
export interface Saving {
  author: string
  message: string
  now: string
}

/** What is stored of a source that was built: whatever it says beside its files stands in the function and in the version. */
export function functionDrafts (
  { gatewayId, functionName }: { gatewayId: string, functionName: string },
  { files, entrypoint, dependencies: _asked, pointer: _pointer, ...settings }: FunctionSource,
  built: BuiltVersion, before: CloudFunction | null, { author, message, now }: Saving
): FunctionDrafts {
  return {
    fn: { gatewayId, name: functionName, latestVersion: built.id, ...settings, createdAt: before?.createdAt ?? now, updatedAt: now },
    version: { gatewayId, functionName, ...settings, entrypoint, files: Object.fromEntries(files), ...built, author, message, createdAt: now }
  }
}
