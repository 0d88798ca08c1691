import type { X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isInnerList, ParseError, parseItem, parseList, type BareItem } from 'structured-headers'
import { parseCertificates, readCertificate, thumbprintOf } from '#shared/certificates.ts'
import type { MtlsAuthConfig } from '#shared/plugins/mtls-auth.ts'
import { isVouchedFor, namesOf } from './certificate-chain.ts'
import { clientFault, findClient, type CallerPlace } from './caller.ts'
import type { Authenticated, AuthMethod, AuthSources, Refused } from './method.ts'
import type { Caller } from '../hot-cache.ts'
import { clientCertificateOf } from '../listener/client-certificate.ts'

const challenge = 'Certificate realm="imprun"'
const headers = { 'www-authenticate': challenge }
const notValid: Refused = { kind: 'refused', code: 'certificate_invalid', headers }

/** More intermediates than any authority has. */
const maxChain = 4
const maxLength = 12_000

interface Shown {
  certificate: X509Certificate
  /** Between it and an authority. */
  chain: X509Certificate[]
}

export function compileMtlsAuth ({ ca }: MtlsAuthConfig): AuthMethod {
  const authorities = parseCertificates(ca) ?? []
  return {
    challenge,
    decide: ({ raw, exchange }, sources) => {
      const shown = readShown(raw, sources)
      if (shown === null) return null
      if (shown === 'unreadable' || !isVouchedFor(shown.certificate, shown.chain, authorities, sources.clock.now())) return notValid
      return judge(findByCertificate(shown.certificate, exchange.environment!, sources), sources)
    },
    strip: stripCertificates
  }
}

/** What a proxy says of a client's certificate. */
export function stripCertificates (headers: IncomingHttpHeaders): void {
  if (headers['client-cert'] !== undefined) headers['client-cert'] = undefined
  if (headers['client-cert-chain'] !== undefined) headers['client-cert-chain'] = undefined
}

function judge (caller: Caller | null, { clock }: AuthSources): Authenticated | Refused {
  const fault = clientFault(caller, clock)
  if (fault !== null) return { kind: 'refused', code: fault, headers }
  return { kind: 'authenticated', caller, claims: null, scopes: caller!.scopes, forwards: false, signedDigest: null }
}

/** The certificate itself goes before the names in it. */
function findByCertificate (certificate: X509Certificate, place: CallerPlace, { hot }: AuthSources): Caller | null {
  const byItself = findClient(hot, place, 'thumbprint', thumbprintOf(certificate))
  if (byItself !== null) return byItself
  for (const { kind, value } of namesOf(certificate)) {
    const caller = findClient(hot, place, kind, value)
    if (caller !== null) return caller
  }
  return null
}

/** RFC 9440, section 4: the field is a proxy's word, and anybody else's is not heard. The connection's own certificate goes before it. */
function readShown (request: IncomingMessage, { isTrustedPeer }: AuthSources): Shown | 'unreadable' | null {
  const own = clientCertificateOf(request)
  if (own !== null) return { certificate: own, chain: issuersOf(own) }
  const { 'client-cert': field, 'client-cert-chain': chainField } = request.headers
  if (field === undefined || !isTrustedPeer(request)) return null
  const leaf = typeof field === 'string' ? decode(field, text => [parseItem(text)[0]]) : null
  const chain = chainField === undefined ? [] : typeof chainField === 'string' ? decode(chainField, text => parseList(text).map(item => isInnerList(item) ? '' : item[0])) : null
  if (leaf?.length !== 1 || chain === null || chain.length > maxChain) return 'unreadable'
  return { certificate: leaf[0]!, chain }
}

function issuersOf (certificate: X509Certificate): X509Certificate[] {
  const chain: X509Certificate[] = []
  for (let next = certificate.issuerCertificate; next !== undefined && chain.length < maxChain; next = next.issuerCertificate) chain.push(next)
  return chain
}

/** Byte sequences with DER in them. `null`: something else. */
function decode (text: string, parse: (text: string) => BareItem[]): X509Certificate[] | null {
  if (text.length > maxLength) return null
  try {
    const certificates = parse(text).map(value => value instanceof ArrayBuffer ? readCertificate(Buffer.from(value)) : null)
    return certificates.includes(null) ? null : certificates as X509Certificate[]
  } catch (error) {
    if (error instanceof ParseError) return null
    throw error
  }
}
