import type { IncomingHttpHeaders } from 'node:http'
import { debugHeader } from '#shared/debug-tokens.ts'
import { Problem } from '#shared/errors.ts'
import { limitsHeader, releaseHeader, revisionHeader } from '#shared/plugins/served-by-headers.ts'
import { costHeader } from '../policies/cost.ts'
import type { EdgeReply } from './reply.ts'

/** RFC 9110, section 7.6.1: about this connection only. Neither side of the gateway sees the other's. */
const hopByHop = [
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade'
]
/** What a function or an upstream must not set: framing is the server's, and the id is the gateway's. */
const reserved = new Set([...hopByHop, 'content-length', 'x-request-id', 'ratelimit', 'ratelimit-policy', releaseHeader, revisionHeader, limitsHeader, costHeader, debugHeader])

export function isReserved (name: string): boolean {
  return reserved.has(name)
}

const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i
/** RFC 9110, section 5.5, without CR, LF and NUL. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

export interface GatewayHeaders {
  requestId: string
  /** `null`: nobody was authenticated. */
  consumerName: string | null
}

/**
 * Makes the client's headers into the function's, in place. What the gateway says about the caller is said by nobody else: the
 * client's own `x-consumer-username` is dropped, its `x-request-id` goes on as `x-forwarded-request-id`.
 */
export function prepareRequestHeaders (headers: IncomingHttpHeaders, gateway: GatewayHeaders): void {
  if (headers.connection !== undefined) dropNamed(headers, headers.connection)
  for (const name of hopByHop) {
    if (headers[name] !== undefined) headers[name] = undefined
  }
  headers['x-forwarded-request-id'] = headers['x-request-id']
  headers['x-request-id'] = gateway.requestId
  headers['x-consumer-username'] = gateway.consumerName ?? undefined
}

/** A `Connection` header names further hop-by-hop fields. */
function dropNamed (headers: IncomingHttpHeaders, connection: string): void {
  if (connection === 'keep-alive' || connection === 'close') return
  for (const name of connection.split(',')) headers[name.trim().toLowerCase()] = undefined
}

/**
 * Puts a function's headers on the answer, all or none. The runner has checked them in a process that the function shares; here they
 * are checked again by trusted code. What the gateway has set for CORS stays: `corsDecided` says that it has.
 * @throws {Problem} `function_result_invalid`
 */
export function applyResultHeaders (reply: EdgeReply, headers: ReadonlyArray<readonly [name: string, value: string]>, corsDecided: boolean): void {
  for (const [name, value] of readResultHeaders(headers)) {
    if (corsDecided && name.startsWith('access-control-')) continue
    const before = name === 'set-cookie' ? undefined : reply.getHeader(name)
    // RFC 9110, section 5.3: fields of one name are one list. So a function's Vary joins the one of CORS.
    reply.header(name, before === undefined ? value : `${before}, ${value}`)
  }
}

/**
 * What of a function's headers may go out, in lower case.
 * @throws {Problem} `function_result_invalid`
 */
export function readResultHeaders (headers: ReadonlyArray<readonly [name: string, value: string]>): Array<[name: string, value: string]> {
  for (const [name, value] of headers) {
    if (!token.test(name) || !fieldValue.test(value)) {
      throw new Problem('function_result_invalid', 'The function returned a header that HTTP does not allow.')
    }
  }
  return headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]).filter(([name]) => !reserved.has(name))
}

/** 1xx are not final answers, and 101 would hand over the connection. @throws {Problem} `function_result_invalid` */
export function checkStatus (status: number): void {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return
  throw new Problem('function_result_invalid', 'The function returned a status that is not between 200 and 599.')
}
