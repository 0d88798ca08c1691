import { Type, type Static } from 'typebox'
import { clientPluginsSchema } from '#shared/plugins/plugins.ts'
import { publicKeyAlgorithms } from '#shared/feed.ts'
import { clientIdPattern, variableNamePattern } from '#shared/names.ts'
import { scope } from '#shared/policies/fields.ts'
import type { ClientApp } from '../store/documents.ts'
import { description, displayName, environmentName, gatewayId, params, timestamp } from '../schemas.ts'

const expiresAt = Type.Union([timestamp, Type.Null()], { description: 'From then on its keys are not valid; `null`: never.' })

const scopes = Type.Array(scope, { maxItems: 100, uniqueItems: true, description: 'What it may do, where a route asks for it: see the policy `scopes`.' })

const keyName = Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', description: 'With the client\'s id before it, and a slash between, the `keyid` of its signatures.' })

const signingKeys = Type.Array(Type.Union([
  Type.Object({
    id: keyName, algorithm: Type.Enum([...publicKeyAlgorithms]), publicKey: Type.String({ minLength: 40, maxLength: 4_000, description: 'PEM (SPKI).' })
  }, { additionalProperties: false }),
  Type.Object({
    id: keyName,
    algorithm: Type.Literal('hmac-sha256'),
    secretVariable: Type.String({ pattern: variableNamePattern, description: 'Name of a secret variable of the environment.' }),
    encoding: Type.Optional(Type.Enum(['utf8', 'base64'], { default: 'utf8', description: 'Of the secret in its text.' }))
  }, { additionalProperties: false })
]), { maxItems: 10, description: 'With which it signs its requests: see `hmac-auth`.' })

const certificates = Type.Array(Type.Object({
  kind: Type.Enum(['thumbprint', 'dns', 'uri', 'email', 'pem'], { description: '`pem`: the certificate itself, of which the thumbprint is kept.' }),
  value: Type.String({ minLength: 1, maxLength: 8_000 })
}, { additionalProperties: false }), {
  maxItems: 10, description: 'By which it is known where it shows a certificate: see `mtls-auth`. The SHA-256 of the certificate, or a name in it. Of two clients with the same the one that was changed last has it.'
})

/** What creation takes and PATCH can change. */
export const clientDraft = Type.Object({
  name: displayName,
  description: Type.Optional(description),
  enabled: Type.Optional(Type.Boolean({ default: true })),
  expiresAt: Type.Optional({ ...expiresAt, default: null }),
  scopes: Type.Optional({ ...scopes, default: [] }),
  signingKeys: Type.Optional(signingKeys),
  certificates: Type.Optional(certificates),
  plugins: Type.Optional(clientPluginsSchema)
}, { title: 'NewClientApp', additionalProperties: false })

const fields = {
  id: Type.String(),
  name: displayName,
  description: Type.String(),
  enabled: Type.Boolean(),
  expiresAt,
  scopes,
  signingKeys: Type.Optional(signingKeys),
  certificates: Type.Optional(certificates),
  plugins: Type.Optional(clientPluginsSchema),
  apiKeyId: Type.String({ description: 'Names the key in logs and metrics.' }),
  keyLast4: Type.String(),
  previousKey: Type.Union([
    Type.Object({ apiKeyId: Type.String(), keyLast4: Type.String(), expiresAt: timestamp }), Type.Null()
  ], { description: 'The key before, which is valid until then.' }),
  createdAt: timestamp,
  updatedAt: timestamp
}

export const clientApp = Type.Object(fields, { title: 'ClientApp', description: 'An app that calls one environment.' })

export const clientAppWithKey = Type.Object({
  ...fields, apiKey: Type.String({ description: 'The key. It is shown this once and kept nowhere.' })
}, { title: 'ClientAppWithKey', description: 'A client with the key that was just made for it.' })

export const regenerateKey = Type.Object({
  overlapSeconds: Type.Optional(Type.Integer({
    minimum: 0, maximum: 2_592_000, default: 0, description: 'How long the old key stays valid beside the new one.'
  }))
}, { title: 'RegenerateKey', additionalProperties: false })

export const clientsParams = params({ gatewayId, envName: environmentName })
export const clientParams = params({ gatewayId, envName: environmentName, clientId: Type.String({ pattern: clientIdPattern }) })

export type ClientDraft = Static<typeof clientDraft>

export function representClient (client: ClientApp): Static<typeof clientApp> {
  const { id, name, description, enabled, expiresAt, scopes = [], signingKeys, certificates, plugins, apiKeyId, keyLast4, previousKey, createdAt, updatedAt } = client
  return {
    id, name, description, enabled, expiresAt, scopes, ...(signingKeys && { signingKeys }), ...(certificates && { certificates }), ...(plugins && { plugins }), apiKeyId, keyLast4,
    previousKey: previousKey && { apiKeyId: previousKey.apiKeyId, keyLast4: previousKey.keyLast4, expiresAt: previousKey.expiresAt },
    createdAt, updatedAt
  }
}
