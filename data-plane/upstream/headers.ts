import type { IncomingHttpHeaders } from 'node:http'
import { isReserved, prepareRequestHeaders } from '../edge/headers.ts'
import { shownRequest } from '../policies/shown-request.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** RFC 9110, section 7.6.3: what this gateway is called in `Via`. */
const viaName = 'imprun'
const viaNames = /(?<![\w.-])imprun(?![\w.-])/g
/** One gateway may well be the upstream of another one. */
const maxPasses = 5

/** Said by this gateway alone, or about the connection. Clients' own words of it are dropped. */
const ownFields = new Set(['host', 'expect', 'content-length', 'forwarded', 'via', 'x-real-ip', 'x-request-id'])
const forwardedPrefix = 'x-forwarded-'
/** Who calls. Gateways say it in several fields of this kind, and upstreams believe them. */
const consumerPrefix = 'x-consumer-'
/** What the client has called the request. */
const forwardedId = 'x-forwarded-request-id'

/** Whether the request comes from itself, over upstreams that lead in a circle. */
export function isLoop ({ via }: IncomingHttpHeaders): boolean {
  return via !== undefined && (via.match(viaNames)?.length ?? 0) >= maxPasses
}

/** Names and values in turn, as they go to an upstream. @param hasBody whether one is sent on @param wantsTrailers see `takesTrailers` @param asHost in the place of the host of its URL */
export function upstreamRequestHeaders (request: EdgeRequest, hasBody: boolean, wantsTrailers: boolean, asHost: string | null = null): string[] {
  const { id, exchange: { layer, target, caller, address }, raw: { headers, httpVersion }, protocol } = request
  for (const step of layer!.policies.forward) step(headers, shownRequest(request))
  const length = hasBody ? headers['content-length'] : undefined
  const { via } = headers
  prepareRequestHeaders(headers, { requestId: id, consumerName: caller === null ? null : caller.consumerName })
  const list = ['x-request-id', id]
  if (asHost !== null) list.push('host', asHost)
  if (caller !== null) list.push('x-consumer-username', caller.consumerName)
  if (length !== undefined) list.push('content-length', length)
  if (wantsTrailers) list.push('te', 'trailers')
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || isOwn(name)) continue
    if (typeof value === 'string') list.push(name, value)
    else for (const each of value) list.push(name, each)
  }
  const passed = `${httpVersion} ${viaName}`
  list.push('via', via === undefined ? passed : `${via}, ${passed}`)
  const host = target.authority!
  list.push(
    'forwarded', `for=${address.includes(':') ? `"[${address}]"` : address};host="${host}";proto=${protocol}`,
    'x-forwarded-for', address, 'x-forwarded-host', host, 'x-forwarded-proto', protocol
  )
  return list
}

function isOwn (name: string): boolean {
  // Servers that hand headers over as variables know no difference between the two.
  const plain = name.includes('_') ? name.replaceAll('_', '-') : name
  return ownFields.has(plain) || plain.startsWith(consumerPrefix) || (plain.startsWith(forwardedPrefix) && name !== forwardedId)
}

/**
 * Names and values in turn, as an upstream's answer goes out: with what the gateway has to say (`reply`), and without what it alone may.
 * @param corsDecided the CORS headers are the gateway's
 */
export function answerHeaders (reply: EdgeReply, headers: IncomingHttpHeaders, { status, corsDecided }: { status: number, corsDecided: boolean }): string[] {
  const list: string[] = []
  const named = namedByConnection(headers.connection)
  for (const name of Object.keys(headers)) {
    const value = headers[name]!
    if (isHeldBack(name, status, corsDecided) || named?.includes(name)) continue
    const before = reply.getHeader(name)
    if (before !== undefined) {
      // RFC 9110, section 5.3: fields of one name are one list. So an upstream's Vary joins the one of CORS.
      reply.header(name, `${before}, ${String(value)}`)
    } else if (typeof value === 'string') list.push(name, value)
    else for (const each of value) list.push(name, each)
  }
  list.push(...reply.fields())
  return list
}

/** The same for who puts them on an answer as those of functions are. */
export function originHeaders (headers: IncomingHttpHeaders): Array<[name: string, value: string]> {
  const named = namedByConnection(headers.connection)
  return Object.entries(headers).flatMap(([name, value]): Array<[string, string]> => {
    if (value === undefined || named?.includes(name)) return []
    return typeof value === 'string' ? [[name, value]] : value.map(each => [name, each])
  })
}

function isHeldBack (name: string, status: number, corsDecided: boolean): boolean {
  // How long it is, the upstream knows; RFC 9110, section 8.6: nothing has no length.
  if (name === 'content-length') return status === 204 || status === 101
  return isReserved(name) || (corsDecided && name.startsWith('access-control-'))
}

/** What was sent several times is a list. */
function namedByConnection (connection: string | string[] | undefined): string[] | null {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return null
  return (typeof connection === 'string' ? connection.split(',') : connection.flatMap(value => value.split(','))).map(name => name.trim().toLowerCase())
}
