import { Type, type Static } from 'typebox'
import { jwtAlgorithms } from './authentication-names.ts'
import { allowHttp, clientClaim, forwardToken, identityUrl, scopesClaim, secretVariable, unknownClient } from './identity-fields.ts'

const text = Type.String({ minLength: 1, maxLength: 500 })
const oneOrMore = (description: string) => Type.Union([text, Type.Array(text, { minItems: 1, maxItems: 20, uniqueItems: true })], { description })

export const jwtAuthSchema = Type.Object({
  issuer: oneOrMore('Who may have issued a token (`iss`), compared as a whole.'),
  audience: Type.Optional(oneOrMore('Whom a token must be meant for (`aud`): one of these. Default: nobody looks; then a token that was issued for another API opens this one.')),
  jwksUrl: Type.Optional({ ...identityUrl, description: 'Where the issuer publishes its keys (RFC 7517). Exactly one of `jwksUrl`, `publicKey` and `secretVariable`.' }),
  publicKey: Type.Optional(Type.String({ minLength: 40, maxLength: 10_000, description: 'The issuer\'s public key as PEM (SPKI), where it never changes.' })),
  secretVariable: Type.Optional({ ...secretVariable, description: 'Name of a secret variable of the environment, with the key that the issuer signs with (HS256, HS384, HS512): 32 bytes at least.' }),
  algorithms: Type.Optional(Type.Array(Type.Enum([...jwtAlgorithms]), {
    minItems: 1, uniqueItems: true,
    description: 'Algorithms that are accepted, whatever a token says. Default: RS256, PS256, ES256, ES384 and EdDSA; with `secretVariable` HS256.'
  })),
  clockSkewSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 300, default: 5, description: 'How wrong the clocks may be.' })),
  maxAgeSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000, description: 'How long ago a token may have been issued (`iat`). Default: as long as it is valid.' })),
  clientClaim,
  unknownClient,
  scopesClaim,
  forwardToken,
  jwksCacheSeconds: Type.Optional(Type.Integer({ minimum: 10, maximum: 86_400, default: 600, description: 'After how long the issuer\'s keys are asked for again. A key that is not known is asked for at once, but not more often than every 30 s.' })),
  jwksMaxStaleSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 2_592_000, default: 86_400, description: 'For how long keys are still good that could not be asked for again.' })),
  allowHttp
}, {
  additionalProperties: false,
  title: 'jwt-auth',
  description: 'JSON Web Tokens (RFC 7519) of an issuer, as `Authorization: Bearer`. They must be signed and have an end (`exp`).'
})

export type JwtAuthConfig = Static<typeof jwtAuthSchema>
