import { hash, timingSafeEqual } from 'node:crypto'
import { isInnerList, ParseError, parseDictionary } from 'structured-headers'
import type { PolicyDecision } from '#shared/policies/policy.ts'
import type { NamedPolicy } from '#shared/policies/modules.ts'

/** RFC 9530, section 5: those that are fit for this. */
const algorithms = new Map([['sha-256', 'sha256'], ['sha-512', 'sha512']])

export const standardMaxBodyBytes = 1_048_576

const differs: PolicyDecision = {
  kind: 'refusal', code: 'signature_invalid', detail: 'The body is not the one that was signed.', headers: { 'www-authenticate': 'Signature realm="imprun"' }
}

/** A signature covers the digest of a body, and not the body: that is looked at when it has come. */
export function digestPolicy (maxBytes: number): NamedPolicy {
  return {
    name: 'hmac-auth',
    does: {
      body: {
        maxBytes,
        wants: ({ signedDigest }) => signedDigest !== null,
        check: (body, { signedDigest }) => isDigestOf(signedDigest!, body ?? Buffer.alloc(0)) ? null : differs
      }
    }
  }
}

/** All that are known must fit, and one must be known. */
export function isDigestOf (field: string, body: Buffer): boolean {
  let members
  try {
    members = parseDictionary(field)
  } catch (error) {
    if (error instanceof ParseError) return false
    throw error
  }
  let known = 0
  for (const [name, member] of members) {
    const algorithm = algorithms.get(name)
    if (algorithm === undefined) continue
    const value = isInnerList(member) ? null : member[0]
    if (!(value instanceof ArrayBuffer)) return false
    const digest = hash(algorithm, body, 'buffer')
    if (digest.length !== value.byteLength || !timingSafeEqual(digest, Buffer.from(value))) return false
    known++
  }
  return known > 0
}
