import { randomBase62 } from '#shared/base62.ts'

/**
 * Makes request ids: 12 random characters of this process and a counter in base 36. Unique across processes and restarts; a stranger
 * cannot guess one of another process. They are names for support and logs, never a proof of anything.
 */
export function createRequestIds (): () => string {
  const prefix = randomBase62(12)
  let last = 0
  return () => `${prefix}${(++last).toString(36)}`
}
