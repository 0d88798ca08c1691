import { Type, type Static } from 'typebox'
import { clientPluginsSchema } from '#shared/plugins/plugins.ts'
import { clientIdPattern } from '#shared/names.ts'
import { scope } from '#shared/policies/fields.ts'
import type { ClientApp } from '../store/documents.ts'
import { description, displayName, environmentName, gatewayId, params, timestamp } from '../schemas.ts'

const expiresAt = Type.Union([timestamp, Type.Null()], { description: 'From then on its keys are not valid; `null`: never.' })

const scopes = Type.Array(scope, { maxItems: 100, uniqueItems: true, description: 'What it may do, where a route asks for it: see the policy `scopes`.' })

/** What creation takes and PATCH can change. */
export const clientDraft = Type.Object({
  name: displayName,
  description: Type.Optional(description),
  enabled: Type.Optional(Type.Boolean({ default: true })),
  expiresAt: Type.Optional({ ...expiresAt, default: null }),
  scopes: Type.Optional({ ...scopes, default: [] }),
  plugins: Type.Optional(clientPluginsSchema)
}, { title: 'NewClientApp', additionalProperties: false })

const fields = {
  id: Type.String(),
  name: displayName,
  description: Type.String(),
  enabled: Type.Boolean(),
  expiresAt,
  scopes,
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
  const { id, name, description, enabled, expiresAt, scopes = [], plugins, apiKeyId, keyLast4, previousKey, createdAt, updatedAt } = client
  return {
    id, name, description, enabled, expiresAt, scopes, ...(plugins && { plugins }), apiKeyId, keyLast4,
    previousKey: previousKey && { apiKeyId: previousKey.apiKeyId, keyLast4: previousKey.keyLast4, expiresAt: previousKey.expiresAt },
    createdAt, updatedAt
  }
}
