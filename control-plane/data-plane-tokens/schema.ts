import { Type, type Static } from 'typebox'
import { displayName, environmentName, params, timestamp } from '../schemas.ts'
import type { DataPlaneToken } from '../store/records.ts'

const environments = { description: 'The environments that it opens, of every gateway; `null`: all.' }

export const dataPlaneTokenDraft = Type.Object({
  name: displayName,
  environments: Type.Optional(Type.Union([Type.Array(environmentName, { minItems: 1, maxItems: 50, uniqueItems: true }), Type.Null()], { ...environments, default: null }))
}, { title: 'NewDataPlaneToken', additionalProperties: false })

const fields = {
  id: Type.String(),
  name: displayName,
  environments: Type.Union([Type.Array(Type.String()), Type.Null()], environments),
  createdAt: timestamp
}

export const dataPlaneToken = Type.Object(fields, { title: 'DataPlaneToken', description: 'What a data plane may present in the place of the installation\'s own token.' })

export const dataPlaneTokenMade = Type.Object({
  ...fields, token: Type.String({ description: 'The token. It is shown this once and kept nowhere.' })
}, { title: 'DataPlaneTokenMade', description: 'A data-plane token that was just made.' })

export const dataPlaneTokenParams = params({ tokenId: Type.String({ pattern: '^[0-9a-z]{1,32}$' }) })

export type DataPlaneTokenDraft = Static<typeof dataPlaneTokenDraft>

export function representDataPlaneToken ({ id, name, environments, createdAt }: DataPlaneToken): Static<typeof dataPlaneToken> {
  return { id, name, environments, createdAt }
}
