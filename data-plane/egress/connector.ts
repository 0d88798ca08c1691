import { isIP, type LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import type { SecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import type { AddressGuard } from './addresses.ts'
import type { Lookup } from './dns.ts'
import { EgressError } from './errors.ts'
import { hostAddress, isBadPort } from './target.ts'

export interface ConnectorOptions {
  guard: AddressGuard
  lookup: Lookup
  /** For look-up, TCP and TLS together. */
  timeoutMs: number
  /** Certificates (PEM) that are trusted instead of the usual ones. */
  ca?: string[]
  /** In its place: also with a certificate of one's own. */
  secureContext?: SecureContext
  /** `false`: whatever certificate the other side has will do. */
  verify?: boolean
  /** In the place of the host's: for SNI, and looked for in the certificate. */
  serverName?: string
  /** `never` (default); `offered` where there is TLS; `only`, also without TLS. */
  http2?: 'never' | 'offered' | 'only'
}

/** A name with a thousand addresses is not a reason to dial a thousand times. */
const maxAddressesTried = 4
const addressAttemptTimeoutMs = 1_000

/**
 * How the HTTP client gets its connections. Whoever calls it, and whatever was checked before: only http and https, only to an address that
 * the guard allows, and the address that is dialled is the very one that was checked, since the names are looked up in here.
 */
export function createConnector ({ guard, lookup, timeoutMs, ca, secureContext, verify = true, serverName, http2 = 'never' }: ConnectorOptions): buildConnector.connector {
  const connect = buildConnector({
    lookup: guardedLookup(guard, lookup),
    timeout: timeoutMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: addressAttemptTimeoutMs,
    allowH2: http2 !== 'never',
    preferH2: true,
    rejectUnauthorized: verify,
    ...(secureContext ? { secureContext } : ca && { ca })
  })
  return (target, callback) => {
    const refusal = refuse(target, guard)
    if (refusal !== null) return process.nextTick(callback, refusal, null)
    const servername = serverName ?? plainServerName(target)
    connect({ ...target, ...(servername !== undefined && { servername }) }, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      const isAllowed = socket.remoteAddress !== undefined && guard.allows(socket.remoteAddress)
      // RFC 9113, section 3.3: without TLS both sides have to know before; the HTTP client looks here.
      if (http2 === 'only' && target.protocol === 'http:') Object.assign(socket, { alpnProtocol: 'h2' })
      const isWanted = http2 !== 'only' || ('alpnProtocol' in socket && socket.alpnProtocol === 'h2')
      if (isAllowed && isWanted) return callback(null, socket)
      // Nothing above lets the first happen; it is the last look before a byte of the request leaves.
      socket.destroy()
      callback(isAllowed ? new EgressError('connect_failed', `${target.hostname} does not speak HTTP/2`) : notPublic(target.hostname), null)
    })
  }
}

/** A final dot is no part of the name in a certificate, and not allowed in SNI (RFC 6066, section 3). */
function plainServerName ({ protocol, hostname }: buildConnector.Options): string | undefined {
  return protocol === 'https:' && isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : undefined
}

function refuse ({ protocol, hostname, port }: buildConnector.Options, guard: AddressGuard): EgressError | null {
  if (protocol !== 'http:' && protocol !== 'https:') return new EgressError('request_invalid', `only http and https can be fetched, not "${protocol}"`)
  if (isBadPort(port)) return new EgressError('port_not_allowed', `port ${port} is not allowed`)
  const address = hostAddress(hostname)
  // An address as host is never looked up, so it has to be judged here.
  return address !== null && !guard.allows(address) ? notPublic(hostname) : null
}

function guardedLookup (guard: AddressGuard, lookup: Lookup): LookupFunction {
  const find = async (hostname: string): Promise<Array<{ address: string, family: number }>> => {
    const addresses = await lookup(hostname).catch((error: unknown) => { throw notResolved(hostname, error) })
    if (addresses.length === 0) throw notResolved(hostname, undefined)
    const allowed = addresses.filter(guard.allows).slice(0, maxAddressesTried)
    if (allowed.length === 0) throw new EgressError('address_not_public', `the name ${hostname} does not lead to a public address`)
    return allowed.map(address => ({ address, family: isIP(address) }))
  }
  const findThen = callbackify(find)
  return (hostname, options, callback) => findThen(hostname, (error, found) => {
    if (error) callback(error, '')
    else if (options.all) callback(null, found)
    else callback(null, found[0]!.address, found[0]!.family)
  })
}

function notPublic (hostname: string): EgressError {
  const address = hostAddress(hostname)
  if (address === null) return new EgressError('address_not_public', `the name ${hostname} does not lead to a public address`)
  return new EgressError('address_not_public', `address ${address} is not public`)
}

function notResolved (hostname: string, error: unknown): EgressError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  // Names that cannot be (a label of 64 characters) are names that do not resolve.
  const isAbsent = code === undefined || ['ENOTFOUND', 'ENODATA', 'EBADNAME', 'ENONAME', 'EBADQUERY'].includes(code)
  return new EgressError('name_not_resolved', isAbsent ? `the name ${hostname} does not resolve` : `the name ${hostname} could not be looked up`, error)
}
