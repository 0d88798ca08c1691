import type { X509Certificate } from 'node:crypto'

/** RFC 5280, section 4.2.1.12: a certificate that says what it is for must be for clients. */
const clientAuthentication = '1.3.6.1.5.5.7.3.2'

/**
 * Whether an authority has issued the certificate, or one in between whose own certificate leads there. Every one of them is valid now, and
 * every one above the first is an authority's. Nobody is asked about revocations: a client is disabled, or its thumbprint taken away.
 */
export function isVouchedFor (certificate: X509Certificate, chain: readonly X509Certificate[], authorities: readonly X509Certificate[], now: number): boolean {
  const { keyUsage } = certificate
  if (keyUsage !== undefined && keyUsage.length > 0 && !keyUsage.includes(clientAuthentication)) return false
  let current = certificate
  const left = [...chain]
  for (;;) {
    if (!isValidAt(current, now)) return false
    if (authorities.some(authority => isValidAt(authority, now) && hasIssued(authority, current))) return true
    const index = left.findIndex(candidate => hasIssued(candidate, current))
    if (index === -1) return false
    // Each is used once, so this ends.
    current = left.splice(index, 1)[0]!
  }
}

function hasIssued (issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
}

function isValidAt ({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime()
}

export interface CertificateName {
  kind: 'dns' | 'uri' | 'email'
  value: string
}

const kinds: Record<string, CertificateName['kind']> = { DNS: 'dns', URI: 'uri', email: 'email' }

/**
 * Its alternative names, in their order. Node writes them with commas in between, and in quotes those that have something odd in them: such
 * a name stands for nobody, but what is within it must not be taken for another one.
 */
export function namesOf ({ subjectAltName }: X509Certificate): CertificateName[] {
  const names: CertificateName[] = []
  const text = subjectAltName ?? ''
  const entry = /([A-Za-z ]+):(?:"(?:[^"\\]|\\.)*"|([^",]*))(?:, |$)/y
  while (entry.lastIndex < text.length) {
    const match = entry.exec(text)
    if (match === null) return []
    const [, label = '', value] = match
    const kind = Object.hasOwn(kinds, label) ? kinds[label] : undefined
    if (kind !== undefined && value !== undefined && value !== '') names.push({ kind, value: kind === 'dns' ? value.toLowerCase() : value })
  }
  return names
}
