import { serializeItem } from 'structured-headers'
import type { HmacAuthConfig } from '#shared/plugins/hmac-auth.ts'
import type { Exchange } from '../edge/exchange.ts'
import { clientFault, findClient } from './caller.ts'
import type { Authenticated, AuthMethod, AuthSources, Refused } from './method.ts'
import { digestOfNonce, type Nonces } from './nonces.ts'
import { NotCovered, signatureBase, type SignedMessage } from './signature-base.ts'
import { readSignatures, verifySignature, type CarriedSignature } from './signature.ts'
import { unavailable } from './token.ts'
import type { EdgeRequest } from '../edge/request.ts'

export interface HmacAuthCompiler {
  routeName: string
  nonces: Nonces
  secretOf: (name: string) => string | null
}

const standardComponents = ['@method', '@authority', '@path', '@query']
const challenge = 'Signature realm="imprun"'

/** RFC 9421, section 5.1: what a signature must cover. */
export function compileHmacAuth (config: HmacAuthConfig, compiler: HmacAuthCompiler): AuthMethod {
  const { components = standardComponents, maxAgeSeconds = 300, clockSkewSeconds = 5, requireDigest = true, tag = null, requireNonce = false } = config
  const { secretOf } = compiler
  const required = components.map(name => serializeItem([name, new Map()]))
  const refusal = (detail: string): Refused => ({
    kind: 'refused', code: 'signature_invalid', detail,
    headers: { 'www-authenticate': challenge, 'accept-signature': `sig=(${required.join(' ')});created;keyid` }
  })
  const notValid = refusal('The signature is not valid.')
  const useNonce = compileNonceUse(config, compiler, refusal)

  const check = (request: EdgeRequest, carried: CarriedSignature, sources: AuthSources): Authenticated | Refused => {
    const found = findKey(request, carried, sources)
    if (found === null) return notValid
    const { caller, key } = found
    if (carried.algorithm !== null && carried.algorithm !== key.algorithm) return notValid
    const covered = new Set(carried.input[0].map(item => serializeItem(item)))
    const lacking = required.find(name => !covered.has(name))
    if (lacking !== undefined) return refusal(`The signature does not cover ${lacking}.`)
    const coversDigest = covered.has('"content-digest"')
    if (requireDigest && !coversDigest && hasBody(request)) return refusal('The request has a body, and the signature does not cover "content-digest".')
    const secret = key.algorithm === 'hmac-sha256' ? secretOf(key.secretVariable) : ''
    if (secret === null) return unavailable
    if (!isSigned(request, carried, key, secret)) return notValid
    // Only whoever has the key is told more.
    const fault = timeFault(carried, sources.clock.now() / 1_000) ?? (requireNonce && carried.nonce === null ? 'The signature has no nonce.' : null)
    if (fault !== null) return refusal(fault)
    const clientsFault = clientFault(caller, sources.clock)
    if (clientsFault !== null) return { ...notValid, code: clientsFault }
    return { kind: 'authenticated', caller, claims: null, scopes: caller.scopes, forwards: false, signedDigest: coversDigest ? String(request.raw.headers['content-digest']) : null }
  }

  const timeFault = ({ created, expires }: CarriedSignature, now: number): string | null => {
    if (created === null) return 'The signature does not say when it was made (created).'
    if (created > now + clockSkewSeconds) return 'The signature is of the future.'
    if (created < now - maxAgeSeconds - clockSkewSeconds) return 'The signature is too old.'
    return expires !== null && expires < now - clockSkewSeconds ? 'The signature has expired.' : null
  }

  return {
    challenge,
    decide: (request, sources) => {
      const { signature, 'signature-input': input } = request.raw.headers
      if (signature === undefined && input === undefined) return null
      const carried = readSignatures(String(input), String(signature))?.filter(({ keyId, tag: of }) => keyId !== null && (tag === null || tag === of))
      // Of several, those that are for somebody else name keys that nobody here has.
      const own = carried?.find(candidate => findKey(request, candidate, sources) !== null)
      const decision = own === undefined ? notValid : check(request, own, sources)
      // Last, so that nobody but who has the key uses up any.
      return requireNonce && decision.kind === 'authenticated' ? useNonce(request.exchange, own!, decision) : decision
    },
    // Whoever has seen a signature can send the request again, for a while.
    strip: headers => {
      if (headers.signature !== undefined) headers.signature = undefined
      if (headers['signature-input'] !== undefined) headers['signature-input'] = undefined
    }
  }
}

type UseNonce = (exchange: Exchange, carried: CarriedSignature, accepted: Authenticated) => Promise<Authenticated | Refused>

/** Of a signature that is good in all else. */
function compileNonceUse ({ maxAgeSeconds = 300, clockSkewSeconds = 5, failureMode = 'closed' }: HmacAuthConfig, { routeName: place, nonces }: HmacAuthCompiler, refusal: (detail: string) => Refused): UseNonce {
  // One made at the last moment of the future is good for as long.
  const keptMs = (maxAgeSeconds + 2 * clockSkewSeconds) * 1_000
  return async (exchange, { keyId, nonce, created }, accepted) => {
    const digest = digestOfNonce(keyId!, nonce!)
    if (exchange.spentNonce === digest) return accepted
    const verdict = await nonces.use({ place, digest, madeAt: created! * 1_000, keptMs }, failureMode)
    switch (verdict) {
      case 'fresh':
        exchange.spentNonce = digest
        return accepted
      case 'seen': return refusal('The nonce has been used before.')
      case 'forgotten': return refusal('The signature was made before the first nonce that is remembered. Sign again.')
      case 'away': return unavailable
    }
  }
}

function findKey ({ exchange }: EdgeRequest, { keyId }: CarriedSignature, { hot }: AuthSources) {
  // `<client>/<key>`: so no two clients have the same.
  const [clientId = '', name = '', more] = keyId!.split('/', 3)
  const caller = more === undefined ? findClient(hot, exchange.environment!, 'id', clientId) : null
  const key = caller?.signingKeys.find(({ id }) => id === name)
  return caller === null || key === undefined ? null : { caller, key }
}

function hasBody ({ raw: { headers } }: EdgeRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function isSigned (request: EdgeRequest, { input, signature }: CarriedSignature, key: Parameters<typeof verifySignature>[2], secret: string): boolean {
  try {
    return verifySignature(signatureBase(messageOf(request), input), signature, key, secret)
  } catch (error) {
    if (error instanceof NotCovered) return false
    throw error
  }
}

function messageOf ({ raw, exchange: { target }, protocol }: EdgeRequest): SignedMessage {
  const scheme = protocol === 'https' ? 'https' : 'http'
  const standardPort = scheme === 'https' ? /:443$/ : /:80$/
  return {
    method: raw.method!,
    scheme,
    authority: target.authority!.toLowerCase().replace(standardPort, ''),
    path: target.path,
    query: target.query,
    requestTarget: raw.url!,
    rawHeaders: raw.rawHeaders
  }
}
