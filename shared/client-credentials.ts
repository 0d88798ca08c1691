import { createPublicKey } from 'node:crypto'
import { readCertificate, thumbprintOf } from './certificates.ts'
import type { FieldError } from './errors.ts'
import type { FeedCertificate, FeedSigningKey, PublicKeyAlgorithm } from './feed.ts'

/** How an owner names a certificate: as one of its names, its thumbprint, or itself. */
export interface CertificateDraft {
  kind: FeedCertificate['kind'] | 'pem'
  value: string
}

/** Whatever it was written like, it is compared as this. `null`: it is none. */
export function settledCertificate ({ kind, value }: CertificateDraft): FeedCertificate | null {
  switch (kind) {
    case 'pem': {
      const certificate = readCertificate(value)
      return certificate === null ? null : { kind: 'thumbprint', value: thumbprintOf(certificate) }
    }
    case 'thumbprint': {
      const hexadecimal = value.replaceAll(':', '').toLowerCase()
      return /^[0-9a-f]{64}$/.test(hexadecimal) ? { kind, value: hexadecimal } : null
    }
    case 'dns': return { kind, value: value.toLowerCase() }
    case 'uri':
    case 'email': return { kind, value }
  }
}

/** Rules that a JSON schema cannot say. @param pointer where the client stands in the document */
export function checkCredentials (signingKeys: readonly FeedSigningKey[], certificates: readonly CertificateDraft[], pointer: string): FieldError[] {
  const ids = signingKeys.map(({ id }) => id)
  const errors = signingKeys.flatMap((key, index): FieldError[] => {
    const place = `${pointer}/signingKeys/${index}`
    if (ids.indexOf(key.id) !== index) return [{ pointer: `${place}/id`, detail: 'stands twice' }]
    if (key.algorithm === 'hmac-sha256' || fits(key.publicKey, key.algorithm)) return []
    return [{ pointer: `${place}/publicKey`, detail: `must be a public key in PEM that is fit for ${key.algorithm}` }]
  })
  const unknown = certificates.flatMap((certificate, index): FieldError[] =>
    settledCertificate(certificate) === null ? [{ pointer: `${pointer}/certificates/${index}/value`, detail: `is no ${certificate.kind === 'pem' ? 'certificate in PEM' : 'SHA-256 in hexadecimal'}` }] : [])
  return [...errors, ...unknown]
}

/** A private key would be taken as well: its public half can be worked out, and the secret would stand among the settings. */
function fits (pem: string, algorithm: PublicKeyAlgorithm): boolean {
  if (!/^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem)) return false
  let key
  try {
    key = createPublicKey(pem)
  } catch {
    return false
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve, modulusLength = 0 } = {} } = key
  switch (algorithm) {
    case 'ed25519': return type === 'ed25519'
    case 'ecdsa-p256-sha256': return namedCurve === 'prime256v1'
    case 'ecdsa-p384-sha384': return namedCurve === 'secp384r1'
    case 'rsa-pss-sha512': return (type === 'rsa' || type === 'rsa-pss') && modulusLength >= 2048
    case 'rsa-v1_5-sha256': return type === 'rsa' && modulusLength >= 2048
  }
}
