import { X509Certificate } from 'node:crypto'

/** Certificates that stand one after the other in PEM. `null`: something in there is none. */
export function parseCertificates (pem: string): X509Certificate[] | null {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0 || pem.replaceAll(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g, '').trim() !== '') return null
  const certificates = blocks.map(readCertificate)
  return certificates.includes(null) ? null : certificates as X509Certificate[]
}

/** @param encoded PEM or DER. `null`: it is none */
export function readCertificate (encoded: string | Buffer): X509Certificate | null {
  try {
    return new X509Certificate(encoded)
  } catch {
    // OpenSSL has many words for what is no certificate.
    return null
  }
}

/** SHA-256 of the certificate, as 64 hexadecimal digits in lower case. */
export function thumbprintOf ({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase()
}
