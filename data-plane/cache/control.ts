/** Of `Cache-Control` (RFC 9111, section 5.2), by name in lower case. One without a value has the empty text. */
export type Directives = ReadonlyMap<string, string>

/** RFC 9110, section 5.6: a token, or a quoted text in which commas divide nothing. */
const element = /\s*(?:([!#$%&'*+.^_`|~0-9a-z-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?)?\s*(?:,|$)/giy

const none: Directives = new Map()
/** Whoever cannot say what he means is taken to mean the strictest. */
const unreadable: Directives = new Map([['no-store', '']])

export function readDirectives (cacheControl: string | undefined): Directives {
  if (cacheControl === undefined) return none
  const directives = new Map<string, string>()
  element.lastIndex = 0
  while (element.lastIndex < cacheControl.length) {
    const match = element.exec(cacheControl)
    if (match === null) return unreadable
    const name = match[1]?.toLowerCase()
    if (name === undefined) continue
    const value = match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3] ?? ''
    const before = directives.get(name)
    // RFC 9111, section 4.2.1: of several that contradict each other the answer is stale.
    directives.set(name, before === undefined || before === value ? value : 'contradiction')
  }
  return directives
}

/** RFC 9111, section 1.2.2: greater ones are this. */
const maxSeconds = 2 ** 31

/** @returns `null`: it is not there; 0 where it is no number */
export function secondsOf (directives: Directives, name: string): number | null {
  const value = directives.get(name)
  if (value === undefined) return null
  return /^\d+$/.test(value) ? Math.min(Number(value), maxSeconds) : 0
}
