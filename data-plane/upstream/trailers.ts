import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { isReserved } from '../edge/headers.ts'
import { names } from '../edge/upgrades.ts'

/** RFC 9110, section 10.1.4: whether whoever asked can do anything with trailers. HTTP/1.0 has none, and in HTTP/1.1 a TE that `Connection` does not name was somebody else's. */
export function takesTrailers ({ headers: { te, connection }, httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  if (te === undefined || !names(te, 'trailers')) return false
  return httpVersionMajor > 1 || (httpVersionMinor > 0 && names(connection, 'te'))
}

/**
 * RFC 9110, section 6.5.1: what says how the message is read, who may have it or what the client is to remember was needed with its head. It must not come
 * behind the back of whoever has looked at the head, the gateway's own policies included.
 */
const onlyInHead = /^(?:content-|access-control-|set-cookie|authorization$|www-authenticate$|cache-control$|age$|expires$|vary$|location$|retry-after$|host$|trailer$|te$|x-imprun-|x-forwarded-)/

/** Puts an upstream's trailers behind the answer, where that has chunks or frames to put them behind; they never become headers. */
export function addAnswerTrailers (raw: ServerResponse, trailers: IncomingHttpHeaders): void {
  const fields: Array<[string, string]> = []
  for (const name of Object.keys(trailers)) {
    const value = trailers[name]
    if (value === undefined || isReserved(name) || onlyInHead.test(name)) continue
    for (const each of typeof value === 'string' ? [value] : value) fields.push([name, each])
  }
  if (fields.length > 0) raw.addTrailers(fields)
}

/** What the upstream says will come, where it can be passed on: behind a length or a head alone nothing comes. */
export function announcedTrailers (headers: IncomingHttpHeaders, method: string, status: number): string | null {
  const { trailer } = headers
  return typeof trailer !== 'string' || headers['content-length'] !== undefined || method === 'HEAD' || status === 204 || status === 304 ? null : trailer
}
