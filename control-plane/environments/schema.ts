import { Type, type Static } from 'typebox'
import { environmentDomain, gatewayDomain, previewDomain } from '#shared/host.ts'
import type { ApiGateway, Environment } from '../store/documents.ts'
import { config, environmentName, gatewayId, params, timestamp } from '../schemas.ts'

export const newEnvironment = Type.Object({
  name: environmentName,
  config: Type.Optional(config)
}, { title: 'NewEnvironment', additionalProperties: false })

/** What a PATCH can change. */
export const environmentDraft = Type.Object({ config: Type.Optional(config) }, { additionalProperties: false })

export const environment = Type.Object({
  name: environmentName,
  domain: Type.String({ description: 'Its own host.' }),
  domains: Type.Array(Type.String(), { description: 'All hosts that lead to it: its own, and the gateway\'s where it is the default.' }),
  default: Type.Boolean({ description: 'Whether the gateway\'s own host leads to it.' }),
  config,
  release: Type.Union([Type.Integer(), Type.Null()], { description: 'Number of the release that it serves.' }),
  canary: Type.Union([Type.Object({ release: Type.Integer(), weight: Type.Number() }), Type.Null()], {
    description: 'The release that takes a share of the requests beside it, and how much; `null`: none.'
  }),
  previews: Type.Array(Type.Object({ release: Type.Integer(), domain: Type.String(), expiresAt: timestamp }), { description: 'Releases with hosts of their own.' }),
  createdAt: timestamp,
  updatedAt: timestamp
}, { title: 'Environment', description: 'A stage of a gateway, with its own host, settings, clients, variables and releases.' })

export const environmentsParams = params({ gatewayId })
export const environmentParams = params({ gatewayId, envName: environmentName })

export type NewEnvironment = Static<typeof newEnvironment>
export type EnvironmentDraft = Static<typeof environmentDraft>

/** An environment in its gateway, which decides which one is the default. */
export interface PlacedEnvironment { environment: Environment, gateway: ApiGateway }

export function representEnvironment ({ environment: stored, gateway }: PlacedEnvironment, baseDomain: string): Static<typeof environment> {
  const { gatewayId, name, config, release, canary, previews, createdAt, updatedAt } = stored
  const domain = environmentDomain(gatewayId, name, baseDomain)
  const isDefault = gateway.defaultEnvironment === name
  const domains = isDefault ? [domain, gatewayDomain(gatewayId, baseDomain)] : [domain]
  return {
    name,
    domain,
    domains,
    default: isDefault,
    config,
    release,
    canary: canary && { release: canary.release, weight: canary.weight },
    previews: previews.map(({ release, expiresAt }) => ({ release, domain: previewDomain(gatewayId, name, release, baseDomain), expiresAt })),
    createdAt,
    updatedAt
  }
}

/**
 * The gateway can make it the default without a write to it: the tag tells the two representations apart. It also names the release: who loses
 * a race is told which one it was that they had seen.
 */
export function environmentEtag ({ environment: { name, revision, release }, gateway }: PlacedEnvironment): string {
  return `"${revision}${release === null ? '' : `-r${release}`}${gateway.defaultEnvironment === name ? '.default' : ''}"`
}
