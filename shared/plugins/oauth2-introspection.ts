import { Type, type Static } from 'typebox'
import { allowHttp, clientClaim, forwardToken, identityUrl, scopesClaim, secretVariable, unknownClient } from './identity-fields.ts'

export const oauth2IntrospectionSchema = Type.Object({
  url: { ...identityUrl, description: 'The introspection endpoint (RFC 7662).' },
  clientId: Type.String({ minLength: 1, maxLength: 200, pattern: '^[\\x20-\\x7e]+$', description: 'How the gateway names itself there.' }),
  clientSecretVariable: { ...secretVariable, description: 'Name of a secret variable of the environment, with the secret for `clientId`.' },
  issuer: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'What the endpoint must say of `iss`. Default: anything.' })),
  audience: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'What `aud` must have in it. Default: anything.' })),
  cacheSeconds: Type.Optional(Type.Integer({
    minimum: 0, maximum: 3_600, default: 30, description: 'For how long an answer is good: so long a token that was revoked still opens. 0: each request asks.'
  })),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 10_000, default: 2_000, description: 'The longest that a request waits for an answer.' })),
  clientClaim,
  unknownClient,
  scopesClaim,
  forwardToken,
  allowHttp
}, {
  additionalProperties: false,
  title: 'oauth2-introspection',
  description: 'Tokens, as `Authorization: Bearer`, that their issuer is asked about (RFC 7662).'
})

export type Oauth2IntrospectionConfig = Static<typeof oauth2IntrospectionSchema>
