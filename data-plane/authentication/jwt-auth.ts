import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { secretAlgorithms } from '#shared/plugins/authentication-names.ts'
import type { JwtAuthConfig } from '#shared/plugins/jwt-auth.ts'
import type { CallerPlace } from './caller.ts'
import { EndpointFailed } from './endpoints.ts'
import { jose } from './jose.ts'
import type { JwksSources } from './jwks.ts'
import type { Authenticated, AuthMethod, AuthSources, Refused } from './method.ts'
import { bearerChallenge, isTooLong, judgeClaims, readBearer, refuseToken, stripToken, unavailable } from './token.ts'

export interface JwtAuthCompiler {
  /** Whose it is, as logs call it. */
  routeName: string
  jwks: JwksSources
  /** Of a secret variable; `null`: there is none that can be used, which has been told. */
  secretOf: (name: string) => string | null
}

/** What a signature is held against: one key, or all that an issuer has. */
type Keys =
  | { readonly kind: 'one', readonly key: KeyObject }
  | { readonly kind: 'issuer', readonly current: () => Promise<JWTVerifyGetKey>, readonly renewed: (known: JWTVerifyGetKey) => Promise<JWTVerifyGetKey | null> }
  | { readonly kind: 'none' }

const publicAlgorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']
/** RFC 7518, section 3.2: a key as long as the hash. */
const leastSecretBytes = 32
/** Compact JWS (RFC 7515, section 3.1), one without a signature too, and JWE, which is never good: whose they are is plain from how they look. */
const compact = /^[\w-]+\.[\w-]*(?:\.[\w-]*){1,3}$/

const isJwt = (token: string): boolean => compact.test(token)

export function compileJwtAuth (config: JwtAuthConfig, compiler: JwtAuthCompiler): AuthMethod {
  const keysOf = compileKeys(config, compiler)
  const options = optionsOf(config)
  const check = async (token: string, place: CallerPlace, sources: AuthSources): Promise<Authenticated | Refused> => {
    if (isTooLong(token)) return refuseToken('token_invalid', 'The token is too long.')
    try {
      const claims = await verify(token, keysOf(), { ...options, currentDate: new Date(sources.clock.now()) })
      return claims === null ? unavailable : judgeClaims(claims, config, place, sources)
    } catch (error) {
      return describeFault(error)
    }
  }
  return {
    challenge: bearerChallenge,
    decide: ({ raw, exchange }, sources) => {
      const token = readBearer(raw.headers.authorization)
      return token === null || !isJwt(token) ? null : check(token, exchange.environment!, sources)
    },
    strip: stripToken(isJwt)
  }
}

/** Whatever a token says of its algorithm: only these, so that no key is taken for one of another kind (RFC 8725, section 3.1). */
function optionsOf ({ algorithms, secretVariable, issuer, audience, clockSkewSeconds = 5, maxAgeSeconds }: JwtAuthConfig): JWTVerifyOptions {
  return {
    algorithms: algorithms ?? (secretVariable === undefined ? publicAlgorithms : [secretAlgorithms[0]]),
    issuer,
    clockTolerance: clockSkewSeconds,
    requiredClaims: ['exp'],
    ...(audience !== undefined && { audience }),
    ...(maxAgeSeconds !== undefined && { maxTokenAge: maxAgeSeconds })
  }
}

function compileKeys ({ jwksUrl, publicKey, secretVariable, jwksCacheSeconds = 600, jwksMaxStaleSeconds = 86_400 }: JwtAuthConfig, { routeName, jwks, secretOf }: JwtAuthCompiler): () => Keys {
  if (jwksUrl !== undefined) {
    const settings = { owner: routeName, url: jwksUrl, cacheMs: jwksCacheSeconds * 1_000, maxStaleMs: jwksMaxStaleSeconds * 1_000 }
    return () => {
      const source = jwks.of(settings)
      return { kind: 'issuer', current: () => source.current(), renewed: known => source.renewed(known) }
    }
  }
  if (publicKey !== undefined) {
    const keys: Keys = { kind: 'one', key: createPublicKey(publicKey) }
    return () => keys
  }
  let keys: Keys | null = null
  return () => keys ??= secretKeys(secretVariable === undefined ? null : secretOf(secretVariable))
}

function secretKeys (secret: string | null): Keys {
  if (secret === null || Buffer.byteLength(secret) < leastSecretBytes) return { kind: 'none' }
  return { kind: 'one', key: createSecretKey(secret, 'utf8') }
}

/** @returns `null`: there is nothing to hold it against. @throws {EndpointFailed}, and what jose says of a token that is not good */
async function verify (token: string, keys: Keys, options: JWTVerifyOptions): Promise<JWTPayload | null> {
  if (keys.kind === 'none') return null
  if (keys.kind === 'one') return (await jose().jwtVerify(token, keys.key, options)).payload
  const known = await keys.current()
  try {
    return (await jose().jwtVerify(token, known, options)).payload
  } catch (error) {
    // A key that has come since, or one that has taken the place of another of the same name.
    const { errors } = jose()
    if (!(error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed)) throw error
    const renewed = await keys.renewed(known)
    if (renewed === null) throw error
    return (await jose().jwtVerify(token, renewed, options)).payload
  }
}

/** What is wrong with its claims is said: the signature has been verified by then, so whoever asks has it from the issuer. */
function describeFault (error: unknown): Refused {
  if (error instanceof EndpointFailed) return unavailable
  const { errors } = jose()
  if (error instanceof errors.JWTExpired) return refuseToken(error.claim === 'exp' ? 'token_expired' : 'token_invalid', error.claim === 'exp' ? undefined : 'The token was issued too long ago.')
  if (error instanceof errors.JWTClaimValidationFailed) return refuseToken('token_invalid', `The claim "${error.claim}" is missing, or not what is asked for.`)
  if (error instanceof errors.JOSEError) return refuseToken('token_invalid')
  // Keys that an issuer has published, and that nothing can be made of.
  if (error instanceof TypeError || (error instanceof DOMException)) return refuseToken('token_invalid')
  throw error
}
