import { createRequire } from 'node:module'
import type * as Jose from 'jose'

const load = createRequire(import.meta.url)
let loaded: typeof Jose | null = null

/** Loaded for the first environment that takes tokens: most workers meet none, and a start is to be short. */
export function jose (): typeof Jose {
  return loaded ??= load('jose') as typeof Jose
}
