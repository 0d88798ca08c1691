import { constants, createHmac, createPublicKey, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import { isInnerList, ParseError, parseDictionary, type BareItem, type Dictionary, type InnerList } from 'structured-headers'
import type { FeedSigningKey, PublicKeyAlgorithm } from '#shared/feed.ts'

/** A signature that a request carries (RFC 9421, section 4). */
export interface CarriedSignature {
  input: InnerList
  signature: Buffer
  keyId: string | null
  algorithm: string | null
  /** Seconds since the epoch. */
  created: number | null
  expires: number | null
  tag: string | null
  nonce: string | null
}

/** More than this nobody sends who means well. */
const maxSignatures = 4
const maxComponents = 32
const maxLength = 4_096

/** Those of all labels. `null`: the fields do not say what they should. */
export function readSignatures (signatureInput: string, signature: string): CarriedSignature[] | null {
  if (signatureInput.length > maxLength || signature.length > maxLength) return null
  const inputs = parse(signatureInput)
  const values = parse(signature)
  if (inputs === null || values === null || inputs.size > maxSignatures) return null
  const carried: CarriedSignature[] = []
  for (const [label, input] of inputs) {
    const value = values.get(label)
    if (!isInnerList(input) || input[0].length > maxComponents || value === undefined || isInnerList(value)) return null
    const bytes = value[0]
    if (!(bytes instanceof ArrayBuffer)) return null
    carried.push({ input, signature: Buffer.from(bytes), ...readParameters(input[1]) })
  }
  return carried
}

function readParameters (parameters: ReadonlyMap<string, BareItem>): Omit<CarriedSignature, 'input' | 'signature'> {
  const text = (name: string): string | null => {
    const value = parameters.get(name)
    return typeof value === 'string' ? value : null
  }
  const seconds = (name: string): number | null => {
    const value = parameters.get(name)
    return typeof value === 'number' && Number.isInteger(value) ? value : null
  }
  return { keyId: text('keyid'), algorithm: text('alg'), created: seconds('created'), expires: seconds('expires'), tag: text('tag'), nonce: text('nonce') }
}

function parse (text: string): Dictionary | null {
  try {
    return parseDictionary(text)
  } catch (error) {
    if (error instanceof ParseError) return null
    throw error
  }
}

/** RFC 9421, section 3.3. The key says which algorithm it is for, never the request. @param secret of a key that is shared */
export function verifySignature (base: string, signature: Buffer, key: FeedSigningKey, secret: string): boolean {
  // Fields may have bytes above 0x7f, which Node gives as Latin-1.
  const bytes = Buffer.from(base, 'latin1')
  if (key.algorithm !== 'hmac-sha256') return verifyPublic(bytes, signature, key.algorithm, publicKeyOf(key))
  const expected = createHmac('sha256', Buffer.from(secret, key.encoding ?? 'utf8')).update(bytes).digest()
  return signature.length === expected.length && timingSafeEqual(signature, expected)
}

/** Read once: keys stay as long as their clients do in the cache. */
const publicKeys = new WeakMap<FeedSigningKey, KeyObject>()

function publicKeyOf (key: Extract<FeedSigningKey, { publicKey: string }>): KeyObject {
  const known = publicKeys.get(key) ?? createPublicKey(key.publicKey)
  publicKeys.set(key, known)
  return known
}

function verifyPublic (bytes: Buffer, signature: Buffer, algorithm: PublicKeyAlgorithm, key: KeyObject): boolean {
  switch (algorithm) {
    case 'ed25519': return verify(null, bytes, key, signature)
    // Section 3.3.4: r and s beside each other, not DER.
    case 'ecdsa-p256-sha256': return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'ecdsa-p384-sha384': return verify('sha384', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'rsa-pss-sha512': return verify('sha512', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }, signature)
    case 'rsa-v1_5-sha256': return verify('sha256', bytes, { key, padding: constants.RSA_PKCS1_PADDING }, signature)
  }
}
