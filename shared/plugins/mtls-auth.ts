import { Type, type Static } from 'typebox'

export const mtlsAuthSchema = Type.Object({
  ca: Type.String({
    minLength: 40, maxLength: 30_000,
    description: 'Certificates (PEM, one after the other) of the authorities that vouch for clients. A client shows its own, in the TLS handshake or by way of a trusted proxy that names it in `Client-Cert` (RFC 9440).'
  })
}, {
  additionalProperties: false,
  title: 'mtls-auth',
  description: 'A client certificate (mutual TLS). Which client it stands for is said at the client: by its thumbprint, or by a name in it.'
})

export type MtlsAuthConfig = Static<typeof mtlsAuthSchema>
