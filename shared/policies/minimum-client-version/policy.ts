import type { PolicyDecision, PolicyModule } from '../policy.ts'
import type { MinimumClientVersionSettings } from './schema.ts'

export const minimumClientVersion: PolicyModule<MinimumClientVersionSettings> = {
  priority: 700,
  compile: ({ header = 'x-client-version', minimum, refusedShare = 100, upgradeUrl, unknown = 'pass' }) => {
    const name = header.toLowerCase()
    const wanted = parseVersion(minimum)!
    const link = upgradeUrl === undefined ? {} : { link: `<${upgradeUrl}>; rel="successor-version"` }
    const refused: PolicyDecision = { kind: 'refusal', code: 'client_outdated', detail: `This needs version ${minimum} or newer of the client.`, headers: link }
    const isOld = (said: string | string[] | undefined): boolean => {
      const version = typeof said === 'string' ? parseVersion(said) : null
      return version === null ? unknown === 'refuse' : isBefore(version, wanted)
    }
    return {
      admit: ({ headers }) => isOld(headers[name]) && Math.random() * 100 < refusedShare ? refused : null,
      answer: (head, { headers }) => {
        if (refusedShare === 100 || !isOld(headers[name])) return
        head.set('x-imprun-minimum-client-version', minimum)
        if (link.link !== undefined) head.set('link', link.link)
      }
    }
  }
}

/** Its numbers; `null`: none. */
function parseVersion (text: string): number[] | null {
  const numbers = /^v?(\d{1,9}(?:\.\d{1,9}){0,3})(?![\d.])/.exec(text)?.[1]
  return numbers === undefined ? null : numbers.split('.').map(Number)
}

function isBefore (version: readonly number[], wanted: readonly number[]): boolean {
  for (let index = 0; index < Math.max(version.length, wanted.length); index++) {
    const [one = 0, other = 0] = [version[index], wanted[index]]
    if (one !== other) return one < other
  }
  return false
}
