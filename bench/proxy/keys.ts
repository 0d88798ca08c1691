/** So many clients are known to every proxy that knows any. */
export const keyCount = 10_000

/** Of peers; imprun makes its own. */
export const keys: readonly string[] = Array.from({ length: keyCount }, (_, index) => `key-${index.toString(36).padStart(32, '0')}`)

/** So many of them are sent in turn. */
export const sentKeys = 1_000

export function headersOf (sent: readonly string[]): Array<Record<string, string>> {
  return sent.slice(0, sentKeys).map(key => ({ 'x-api-key': key }))
}
