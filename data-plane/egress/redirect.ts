import type { AddressGuard } from './addresses.ts'
import { EgressError, quote } from './errors.ts'
import type { HeaderPair, Hop } from './request.ts'
import { readTarget } from './target.ts'

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** Fetch Standard, "request-body-header name". */
const bodyHeaders: ReadonlySet<string> = new Set(['content-encoding', 'content-language', 'content-location', 'content-type'])
/** What proves to one origin who asks is no business of another. The last two carry imprun's own keys. */
const credentialHeaders: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'apikey'])

export function isRedirect (status: number): boolean {
  return redirectStatuses.has(status)
}

/**
 * What a redirect asks for (Fetch Standard, HTTP-redirect fetch), judged as if the function had asked for it itself; `null` where there is
 * nothing to follow, so that the redirect is the response.
 * @param canReplay whether the body can be sent once more
 * @throws {EgressError} `redirect_invalid`, and whatever `readTarget` refuses
 */
export function nextHop (hop: Hop, status: number, location: string | null, canReplay: boolean, guard: AddressGuard): Hop | null {
  if (location === null) return null
  const url = readLocation(location, hop.url, guard)
  if (url.hash === '') url.hash = hop.url.hash
  const becomesGet = status === 303 ? hop.method !== 'GET' && hop.method !== 'HEAD' : (status === 301 || status === 302) && hop.method === 'POST'
  if (hop.hasBody && status !== 303 && !becomesGet && !canReplay) {
    throw new EgressError('redirect_invalid', `the redirect ${status} asks for the body once more, which is a stream or too large to be kept`)
  }
  const isSameOrigin = url.origin === hop.url.origin
  const headers = hop.headers.filter(([name]) => !(becomesGet && bodyHeaders.has(name)) && (isSameOrigin || !credentialHeaders.has(name)))
  return { method: becomesGet ? 'GET' : hop.method, url, headers, hasBody: hop.hasBody && !becomesGet }
}

export function locationOf (headers: HeaderPair[]): string | null {
  const values = headers.filter(([name]) => name === 'location').map(([, value]) => value)
  if (values.length > 1 && new Set(values).size > 1) throw new EgressError('redirect_invalid', 'the redirect has several locations')
  return values[0] ?? null
}

function readLocation (location: string, base: URL, guard: AddressGuard): URL {
  try {
    // The header was read byte by byte; the URL parser takes UTF-8.
    return readTarget(Buffer.from(location, 'latin1').toString('utf8'), guard, base)
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    throw new EgressError(error.code === 'request_invalid' ? 'redirect_invalid' : error.code, `redirected to ${quote(location)}: ${error.message}`, error)
  }
}
