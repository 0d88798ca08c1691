import type { Clock } from '#shared/clock.ts'
import type { Oauth2IntrospectionConfig } from '#shared/plugins/oauth2-introspection.ts'
import type { CallerPlace } from './caller.ts'
import { EndpointFailed } from './endpoints.ts'
import type { Introspections } from './introspection.ts'
import type { Authenticated, AuthMethod, AuthSources, Refused } from './method.ts'
import { bearerChallenge, isTooLong, judgeClaims, readBearer, refuseToken, stripToken, unavailable, type Claims } from './token.ts'

export interface IntrospectionCompiler {
  routeName: string
  introspections: Introspections
  secretOf: (name: string) => string | null
}

export function compileOauth2Introspection (config: Oauth2IntrospectionConfig, { routeName, introspections, secretOf }: IntrospectionCompiler): AuthMethod {
  const { url, clientId, cacheSeconds = 30, timeoutMs = 2_000 } = config
  const check = async (token: string, place: CallerPlace, sources: AuthSources): Promise<Authenticated | Refused> => {
    if (isTooLong(token)) return refuseToken('token_invalid', 'The token is too long.')
    const clientSecret = secretOf(config.clientSecretVariable)
    if (clientSecret === null) return unavailable
    try {
      const claims = await introspections.of(token, { owner: routeName, url, clientId, clientSecret, cacheMs: cacheSeconds * 1_000, timeoutMs })
      if (claims === null) return refuseToken('token_invalid')
      return claimsFault(claims, config, sources.clock) ?? judgeClaims(claims, config, place, sources)
    } catch (error) {
      if (error instanceof EndpointFailed) return unavailable
      throw error
    }
  }
  return {
    challenge: bearerChallenge,
    decide: ({ raw, exchange }, sources) => {
      const token = readBearer(raw.headers.authorization)
      return token === null ? null : check(token, exchange.environment!, sources)
    },
    strip: stripToken(() => true)
  }
}

/** What was said may have been kept for a while; its end is looked at each time. */
function claimsFault ({ iss, aud, exp, nbf }: Claims, { issuer, audience }: Oauth2IntrospectionConfig, clock: Clock): Refused | null {
  const seconds = clock.now() / 1_000
  if (typeof exp === 'number' && exp <= seconds) return refuseToken('token_expired')
  if (typeof nbf === 'number' && nbf > seconds) return refuseToken('token_invalid', 'The claim "nbf" is missing, or not what is asked for.')
  if (issuer !== undefined && iss !== issuer) return refuseToken('token_invalid', 'The claim "iss" is missing, or not what is asked for.')
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (audience !== undefined && !audiences.includes(audience)) return refuseToken('token_invalid', 'The claim "aud" is missing, or not what is asked for.')
  return null
}
