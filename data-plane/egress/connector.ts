import { isIP, type LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
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
}

/** A name with a thousand addresses is not a reason to dial a thousand times. */
const maxAddressesTried = 4
const addressAttemptTimeoutMs = 1_000

/**
 * How the HTTP client gets its connections. Whoever calls it, and whatever was checked before: only http and https, only to an address that
 * the guard allows, and the address that is dialled is the very one that was checked, since the names are looked up in here.
 */
export function createConnector ({ guard, lookup, timeoutMs, ca }: ConnectorOptions): buildConnector.connector {
  const connect = buildConnector({
    lookup: guardedLookup(guard, lookup),
    timeout: timeoutMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: addressAttemptTimeoutMs,
    allowH2: false,
    ...(ca && { ca })
  })
  return (target, callback) => {
    const refusal = refuse(target, guard)
    if (refusal !== null) return process.nextTick(callback, refusal, null)
    // A final dot is no part of the name in a certificate, and not allowed in SNI (RFC 6066, section 3).
    const servername = target.protocol === 'https:' && isIP(target.hostname) === 0 ? target.hostname.replace(/\.$/, '') : undefined
    connect({ ...target, ...(servername !== undefined && { servername }) }, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      if (socket.remoteAddress !== undefined && guard.allows(socket.remoteAddress)) return callback(null, socket)
      // Nothing above lets this happen; it is the last look before a byte of the request leaves.
      socket.destroy()
      callback(notPublic(target.hostname), null)
    })
  }
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
