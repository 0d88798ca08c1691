import type { Freshness } from './freshness.ts'

/** An answer that is kept. Never changed. */
export interface Entry {
  /** What it answers, by `Vary` at the latest: see `key.ts`. */
  readonly key: string
  /** Host, path and query, whoever asks. */
  readonly uri: string
  readonly path: string
  /** Names of the request's headers that it depends on, and what they were. */
  readonly vary: readonly string[]
  readonly varied: string
  readonly status: number
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: Buffer
  readonly freshness: Freshness
  /** What it can be purged by; `null`: nothing. */
  readonly tags: ReadonlySet<string> | null
  /** Of the newest purge when it was asked for. */
  readonly number: number
  /** So many changes of its environment's targets were known then. */
  readonly changes: number
}

/** The objects and indexes around it, rather above than below what they take. */
const perEntry = 1_500
const perField = 100

export function entryBytes ({ key, uri, path, varied, headers, body, tags }: Entry): number {
  let bytes = perEntry + 2 * (key.length + uri.length + path.length + varied.length) + body.length
  for (const [name, value] of headers) bytes += perField + name.length + 2 * value.length
  if (tags !== null) for (const tag of tags) bytes += perField + 2 * tag.length
  return bytes
}
