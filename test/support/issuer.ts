import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose'
import type { Test } from 'tap'
import type { JwtAuthConfig } from '#shared/plugins/jwt-auth.ts'
import { startTarget, type Target } from './egress.ts'

export interface SigningKey {
  kid: string
  alg: string
  privateKey: CryptoKey
  publicJwk: JWK
}

/** One that publishes keys at `/jwks`; its tokens are of the year 2030, as the clock of a test edge is. */
export interface Issuer {
  target: Target
  settings: JwtAuthConfig
  /** What is published; the test may change it. */
  published: { keys: unknown[] }
  /** What is answered in the place of the keys. */
  answer: { status: number, body: string | null }
  sign: (key: SigningKey, claims?: JWTPayload, header?: Record<string, unknown>) => Promise<string>
}

export const issuerName = 'https://issuer.example'
export const audience = 'https://shop.example'
/** Of a test edge at its start, in seconds. */
export const startSeconds = Date.parse('2030-01-01T00:00:00Z') / 1000

export async function makeSigningKey (kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, publicJwk: { ...await exportJWK(publicKey), kid, alg, use: 'sig' } }
}

export async function startIssuer (t: Test, keys: readonly SigningKey[]): Promise<Issuer> {
  const published: Issuer['published'] = { keys: keys.map(key => key.publicJwk) }
  const answer: Issuer['answer'] = { status: 200, body: null }
  const target = await startTarget(t, (_request, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body ?? JSON.stringify(published))
  })
  return {
    target,
    published,
    answer,
    settings: { issuer: issuerName, audience, jwksUrl: `${target.origin}/jwks`, allowHttp: true },
    sign: signToken
  }
}

/** Good for five minutes, where the claims do not say otherwise. */
export async function signToken (key: Pick<SigningKey, 'kid' | 'alg'> & { privateKey: CryptoKey | Uint8Array }, claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> {
  return await new SignJWT({ iss: issuerName, aud: audience, sub: 'somebody', iat: startSeconds, exp: startSeconds + 300, ...claims })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey)
}
