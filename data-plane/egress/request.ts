import type { AddressGuard } from './addresses.ts'
import { EgressError, formatBytes, quote } from './errors.ts'
import type { EgressLimits, RequestLimits } from './limits.ts'
import { readTarget } from './target.ts'

export type HeaderPair = [name: string, value: string]

/** An outbound request without its body, as the code that runs functions hands it over. What the tenant chose in it is checked here. */
export interface EgressRequestHead {
  /** Whose connections may be used: `<gateway>-<environment>`. Never chosen by tenant code. */
  tenant: string
  method: string
  url: string
  headers: HeaderPair[]
  redirect: 'follow' | 'error' | 'manual'
  /** `length`: bytes, where the body is not a stream; `null` there is none. */
  body: { length: number | null } | null
  /** Less than the limits of the egress, for this request. */
  limits?: Partial<RequestLimits>
}

/** What is sent next: the request, or what a redirect made of it. */
export interface Hop {
  method: string
  url: URL
  /** Lower-case names. */
  headers: HeaderPair[]
  hasBody: boolean
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** RFC 9110, section 5.5, with obs-text: one octet each, as they will be sent. */
const fieldValue = /^[\t -~\u0080-\u00ff]*$/
const forbiddenMethods: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])
/** Fetch Standard, "normalize a method": `patch` is not among them. */
const normalizedMethods: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])

/**
 * Fetch Standard, "forbidden request-header", as far as it protects the connection and not a browser's user: these are ours to send.
 * They are left out without an error, as `fetch` does.
 */
const ignoredHeaders: ReadonlySet<string> = new Set([
  'connection', 'content-length', 'expect', 'host', 'http2-settings', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'via'
])
const ignoredPrefix = 'x-imprun-'

/** @throws {EgressError} that says what is wrong with it */
export function readRequest (head: EgressRequestHead, guard: AddressGuard, limits: EgressLimits): Hop {
  const method = readMethod(head.method)
  const hasBody = head.body !== null
  if (hasBody && (method === 'GET' || method === 'HEAD')) throw new EgressError('request_invalid', `a ${method} request cannot have a body`)
  const length = head.body?.length ?? 0
  if (length > limits.maxRequestBytes) throw tooLarge(limits)
  return { method, url: readTarget(head.url, guard), headers: readHeaders(head.headers, limits), hasBody }
}

export function tooLarge (limits: EgressLimits): EgressError {
  return new EgressError('request_too_large', `the request is larger than ${formatBytes(limits.maxRequestBytes)}`)
}

function readMethod (method: string): string {
  if (!token.test(method) || method.length > 32) throw new EgressError('request_invalid', `${quote(method)} is not a valid method`)
  const upper = method.toUpperCase()
  if (forbiddenMethods.has(upper)) throw new EgressError('request_invalid', `the method ${upper} is not allowed`)
  return normalizedMethods.has(upper) ? upper : method
}

function readHeaders (pairs: HeaderPair[], limits: EgressLimits): HeaderPair[] {
  const headers: HeaderPair[] = []
  let bytes = 0
  for (const [name, text] of pairs) {
    if (!token.test(name)) throw new EgressError('request_invalid', `${quote(name)} is not a valid header name`)
    // Fetch Standard, "normalize": what surrounds a value is no part of it; what is left must not end the line.
    const value = text.replace(/^[\t\r\n ]+|[\t\r\n ]+$/g, '')
    if (!fieldValue.test(value)) throw new EgressError('request_invalid', `the value of the header ${quote(name)} is not valid`)
    bytes += name.length + value.length + 4
    if (bytes > limits.maxHeaderBytes) throw new EgressError('request_too_large', `the request headers are larger than ${formatBytes(limits.maxHeaderBytes)}`)
    const lower = name.toLowerCase()
    if (!ignoredHeaders.has(lower) && !lower.startsWith(ignoredPrefix)) headers.push([lower, value])
  }
  return withDefaults(headers)
}

/** What `fetch` adds where the author has not said otherwise (HTTP-network-or-cache fetch, steps 8.16 to 8.20). */
function withDefaults (headers: HeaderPair[]): HeaderPair[] {
  const names = new Set(headers.map(([name]) => name))
  const add = (name: string, value: string): void => { if (!names.has(name)) headers.push([name, value]) }
  add('accept', '*/*')
  add('user-agent', 'imprun')
  // A part of a compressed body cannot be decoded.
  add('accept-encoding', names.has('range') ? 'identity' : 'gzip, deflate, br, zstd')
  return headers
}
