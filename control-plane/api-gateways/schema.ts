import { Type, type Static } from 'typebox'
import { gatewayDomain } from '#shared/host.ts'
import type { ApiGateway } from '../store/documents.ts'
import { config, description, displayName, environmentName, gatewayId, newGatewayId, params, timestamp } from '../schemas.ts'

const writable = { name: displayName, description: Type.Optional(description), config: Type.Optional(config) }

export const newApiGateway = Type.Object({
  id: Type.Optional(newGatewayId),
  ...writable
}, { title: 'NewApiGateway', additionalProperties: false })

/** What a PATCH can change. */
export const apiGatewayDraft = Type.Object({
  ...writable,
  defaultEnvironment: environmentName,
  environments: Type.Array(environmentName, { uniqueItems: true, description: 'The pipeline: all of them, in the order in which releases go through them.' })
}, { additionalProperties: false })

export const apiGateway = Type.Object({
  id: gatewayId,
  name: displayName,
  description: Type.String(),
  domain: Type.String({ description: 'Host of the default environment.' }),
  environments: Type.Array(environmentName, { description: 'In the order of promotion.' }),
  defaultEnvironment: environmentName,
  config,
  createdAt: timestamp,
  updatedAt: timestamp
}, { title: 'ApiGateway', description: 'A gateway that its owner has made: functions behind one domain, in environments.' })

export const gatewayParams = params({ gatewayId })

export type NewApiGateway = Static<typeof newApiGateway>
export type ApiGatewayDraft = Static<typeof apiGatewayDraft>

export function representApiGateway (gateway: ApiGateway, baseDomain: string): Static<typeof apiGateway> {
  const { id, name, description, environments, defaultEnvironment, config, createdAt, updatedAt } = gateway
  return { id, name, description, domain: gatewayDomain(id, baseDomain), environments, defaultEnvironment, config, createdAt, updatedAt }
}
