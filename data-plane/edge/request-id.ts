import { randomBase62 } from '#shared/base62.ts'

/**
 * Makes request ids: 12 random characters of this process and a counter in base 36. Unique across processes and restarts; a stranger
 * cannot guess one of another process. They are names for support and logs, never a proof of anything.
 */
export function createRequestIds (): RequestIds {
  const prefix = randomBase62(12)
  let last = 0
  const next = (): string => `${prefix}${(++last).toString(36)}`
  return Object.assign(next, { hasMade: (id: string) => id.startsWith(prefix) })
}

export interface RequestIds {
  (): string
  /** As far as can be seen: of numbers that it has not come to yet as well. */
  hasMade: (id: string) => boolean
}
