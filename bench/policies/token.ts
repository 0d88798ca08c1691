import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

const issuer = 'https://issuer.example'
const hours = 24

export interface SignedToken {
  issuer: string
  /** PEM (SPKI). */
  publicKey: string
  token: string
}

/** A JSON Web Token (RFC 7519), signed with ES256, which is good for a day. @param now seconds since the epoch */
export function signToken (now: number): SignedToken {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const claims = { iss: issuer, sub: 'somebody', iat: now, exp: now + hours * 3_600 }
  return { issuer, publicKey: publicKey.export({ type: 'spki', format: 'pem' }), token: compact({ alg: 'ES256', typ: 'JWT' }, claims, privateKey) }
}

function compact (header: object, claims: object, key: KeyObject): string {
  const signed = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
