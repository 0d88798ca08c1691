import { Type, type Static } from 'typebox'

const component = Type.String({
  pattern: '^(?:@(?:method|target-uri|authority|scheme|request-target|path|query)|[!#$%&\'*+.^_`|~0-9a-z-]{1,100})$',
  description: 'A derived component, such as `@path`, or the name of a header in lower case.'
})

export const hmacAuthSchema = Type.Object({
  components: Type.Optional(Type.Array(component, {
    minItems: 1, maxItems: 20, uniqueItems: true, default: ['@method', '@authority', '@path', '@query'],
    description: 'What a signature must cover, at the least.'
  })),
  requireDigest: Type.Optional(Type.Boolean({
    default: true, description: 'Whether a request with a body must have a `Content-Digest` (RFC 9530) that the signature covers. One that is covered is compared with the body in any case.'
  })),
  maxAgeSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600, default: 300, description: 'How long ago a request may have been signed (`created`). Within this time whoever has seen it can send it again, where no nonce is asked for.' })),
  clockSkewSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 300, default: 5, description: 'How wrong the clocks may be.' })),
  requireNonce: Type.Optional(Type.Boolean({
    default: false, description: 'Whether a signature must have a `nonce`, with which it is accepted once. A key must not use one again.'
  })),
  failureMode: Type.Optional(Type.Enum(['closed', 'open'], {
    default: 'closed',
    description: 'What becomes of a signature of which nobody can know whether its nonce has been used. `closed`: 503 where nobody can be asked, 401 where it was made before anything that is remembered. `open`: it is accepted, though perhaps a second time.'
  })),
  maxBodyBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_485_760, default: 1_048_576, description: 'Of a body that is held to be compared with its digest, where it is for an upstream.' })),
  tag: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: '^[\\x20-\\x7e]+$', description: 'What signatures must be made for (`tag`). Default: anything.' }))
}, {
  additionalProperties: false,
  title: 'hmac-auth',
  description: 'HTTP message signatures (RFC 9421), made with a client\'s signing key: a shared secret, or a key pair of which only the client has the private half.'
})

export type HmacAuthConfig = Static<typeof hmacAuthSchema>
