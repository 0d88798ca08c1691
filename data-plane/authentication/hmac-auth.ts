import { serializeItem } from 'structured-headers'
import type { FastifyRequest } from 'fastify'
import type { HmacAuthConfig } from '#shared/plugins/hmac-auth.ts'
import { clientFault, findClient } from './caller.ts'
import type { Authenticated, AuthMethod, AuthSources, Refused } from './method.ts'
import { NotCovered, signatureBase, type SignedMessage } from './signature-base.ts'
import { readSignatures, verifySignature, type CarriedSignature } from './signature.ts'
import { unavailable } from './token.ts'

export interface HmacAuthCompiler {
  secretOf: (name: string) => string | null
}

const standardComponents = ['@method', '@authority', '@path', '@query']
const challenge = 'Signature realm="imprun"'

/** RFC 9421, section 5.1: what a signature must cover. */
export function compileHmacAuth (config: HmacAuthConfig, { secretOf }: HmacAuthCompiler): AuthMethod {
  const { components = standardComponents, maxAgeSeconds = 300, clockSkewSeconds = 5, requireDigest = true, tag = null } = config
  const required = components.map(name => serializeItem([name, new Map()]))
  const refusal = (detail: string): Refused => ({
    kind: 'refused', code: 'signature_invalid', detail,
    headers: { 'www-authenticate': challenge, 'accept-signature': `sig=(${required.join(' ')});created;keyid` }
  })
  const notValid = refusal('The signature is not valid.')

  const check = (request: FastifyRequest, carried: CarriedSignature, sources: AuthSources): Authenticated | Refused => {
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
    const fault = timeFault(carried, sources.clock.now() / 1_000)
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
      return own === undefined ? notValid : check(request, own, sources)
    },
    // Whoever has seen a signature can send the request again, for a while.
    strip: headers => {
      if (headers.signature !== undefined) headers.signature = undefined
      if (headers['signature-input'] !== undefined) headers['signature-input'] = undefined
    }
  }
}

function findKey ({ exchange }: FastifyRequest, { keyId }: CarriedSignature, { hot }: AuthSources) {
  // `<client>/<key>`: so no two clients have the same.
  const [clientId = '', name = '', more] = keyId!.split('/', 3)
  const caller = more === undefined ? findClient(hot, exchange.environment!, 'id', clientId) : null
  const key = caller?.signingKeys.find(({ id }) => id === name)
  return caller === null || key === undefined ? null : { caller, key }
}

function hasBody ({ raw: { headers } }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function isSigned (request: FastifyRequest, { input, signature }: CarriedSignature, key: Parameters<typeof verifySignature>[2], secret: string): boolean {
  try {
    return verifySignature(signatureBase(messageOf(request), input), signature, key, secret)
  } catch (error) {
    if (error instanceof NotCovered) return false
    throw error
  }
}

function messageOf ({ raw, exchange: { target }, protocol, originalUrl }: FastifyRequest): SignedMessage {
  const scheme = protocol === 'https' ? 'https' : 'http'
  const standardPort = scheme === 'https' ? /:443$/ : /:80$/
  return {
    method: raw.method!,
    scheme,
    authority: target.authority!.toLowerCase().replace(standardPort, ''),
    path: target.path,
    query: target.query,
    requestTarget: originalUrl,
    rawHeaders: raw.rawHeaders
  }
}
