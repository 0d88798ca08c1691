import type { CloudFunction } from '../store/documents.ts'

/** Also names the version: who loses a race is told which one it was that they had seen. */
export function functionEtag ({ revision, latestVersion }: Pick<CloudFunction, 'revision' | 'latestVersion'>): string {
  return `"${revision}-${latestVersion}"`
}

/** `null`: the tag is none of ours. */
export function versionInEtag (etag: string): string | null {
  return /^"\d+-(v[0-9a-f]{24})"$/.exec(etag)?.[1] ?? null
}
