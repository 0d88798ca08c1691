import type { AuthMethod, Refused } from './method.ts'
import { checkKey } from './key-auth.ts'

const challenge = 'Basic realm="imprun", charset="UTF-8"'
const notValid: Refused = { kind: 'refused', code: 'credentials_invalid', headers: { 'www-authenticate': challenge } }
/** RFC 7617, section 2. */
const basic = /^basic +([A-Za-z0-9+/]+={0,2})$/i

/** The client's name or id is the user, and its API key the password: there is no second secret to lose. */
export function compileBasicAuth (): AuthMethod {
  return {
    challenge,
    decide: ({ raw: { headers }, exchange }, sources) => {
      const token = headers.authorization === undefined ? undefined : basic.exec(headers.authorization)?.[1]
      if (token === undefined) return null
      const { user, password } = parse(token)
      const decision = checkKey(password, exchange.environment!, sources, notValid)
      if (decision.kind === 'refused') return decision
      const { clientId, clientName } = decision.caller!
      return user === clientId || user === clientName ? decision : notValid
    },
    strip: stripScheme('basic')
  }
}

function parse (token: string): { user: string, password: string } {
  const text = Buffer.from(token, 'base64').toString('utf8')
  // A user has no colon in it.
  const end = text.indexOf(':')
  return end === -1 ? { user: '', password: '' } : { user: text.slice(0, end), password: text.slice(end + 1) }
}

/** Takes out what `Authorization` says in this scheme. */
export function stripScheme (scheme: string): AuthMethod['strip'] {
  const begins = new RegExp(`^${scheme}(?: |$)`, 'i')
  return headers => {
    if (headers.authorization !== undefined && begins.test(headers.authorization)) headers.authorization = undefined
  }
}
