import type { IncomingHttpHeaders } from 'node:http'
import type { FeedCanary } from '#shared/feed.ts'
import type { CompiledRelease } from '../edge/release.ts'
import { hashText, mixHash, unseeded } from './hash.ts'

/** A canary as requests meet it. Never changed. */
export interface CompiledCanary {
  readonly release: () => CompiledRelease
  readonly header: string | null
  /** So many of all buckets are its own, from the first one on: a greater weight keeps those who are in. */
  readonly ownBuckets: number
  /** Of its environment and its number, so that each canary meets other clients first. */
  readonly seed: number
}

/** The weight is in hundredths of a per cent. */
const buckets = 10_000

/** @param routeName of its environment */
export function compileCanary (routeName: string, { release, weight, header }: FeedCanary, compiled: CompiledCanary['release']): CompiledCanary {
  return { release: compiled, header, ownBuckets: Math.round(weight * buckets / 100), seed: hashText(unseeded, `${routeName}/${release.number}/`) }
}

/** What the request itself says; `null`: nothing. Anyone may say it who is let in: it is a choice, and no permission. */
export function readChoice ({ header }: CompiledCanary, headers: IncomingHttpHeaders): boolean | null {
  if (header === null) return null
  const value = headers[header]
  if (value === 'always') return true
  return value === 'never' ? false : null
}

/** @param subject who is to meet one release and no other: the client, or where it comes from. The same everywhere and at any time. */
export function isOwn ({ ownBuckets, seed }: CompiledCanary, subject: string): boolean {
  return mixHash(hashText(seed, subject)) % buckets < ownBuckets
}
