import { Type, type Static } from 'typebox'
import { clientIdPattern, environmentNamePattern, functionNamePattern, gatewayIdPattern, variableNamePattern } from '#shared/names.ts'
import { routeMethods, routePathPattern } from '#shared/routes.ts'
import { maxRouteUses, maxUsageClients, maxVariableNames, maxVariableUses } from '#shared/usage.ts'
import { pageQuery } from '../paging.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'
import { routeUsageDays } from '../store/store.ts'
import type { RouteUsage } from '../store/records.ts'

export const routeUsage = Type.Object({
  functionName: Type.String(),
  method: Type.String(),
  path: Type.String({ description: 'The route\'s pattern.' }),
  requests: Type.Integer({ description: 'That the route has answered, whatever the answer was.' }),
  lastUsedAt: timestamp,
  clients: Type.Array(Type.String(), { description: `Ids of the clients that asked, ${maxUsageClients} at most.` }),
  moreClients: Type.Boolean({ description: 'Whether there were others.' })
}, { title: 'RouteUsage', description: 'What was asked of one route of an environment. Whole days, UTC.' })

export const usageParams = params({ gatewayId, envName: environmentName })
export const usageQuery = Type.Object({
  ...pageQuery.properties,
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: routeUsageDays, default: 7, description: 'Routes that were used in the last so many days.' }))
}, { additionalProperties: false })

const about = {
  gatewayId: Type.String({ pattern: gatewayIdPattern }),
  environment: Type.String({ pattern: environmentNamePattern }),
  functionName: Type.String({ pattern: functionNamePattern })
}
const variableNames = Type.Array(Type.String({ pattern: variableNamePattern }), { maxItems: maxVariableNames })

/** What a data plane sends: `shared/usage.ts`. */
export const usageReport = Type.Object({
  routes: Type.Array(Type.Object({
    ...about,
    method: Type.Enum([...routeMethods]),
    path: Type.String({ pattern: routePathPattern, maxLength: 512 }),
    requests: Type.Integer({ minimum: 0, maximum: 1e12 }),
    lastAt: Type.Integer({ minimum: 0, maximum: 99_999_999_999_999 }),
    clients: Type.Array(Type.String({ pattern: clientIdPattern }), { maxItems: maxUsageClients }),
    moreClients: Type.Boolean()
  }, { additionalProperties: false }), { maxItems: maxRouteUses }),
  variables: Type.Array(Type.Object({
    ...about,
    versionId: Type.String({ pattern: '^[\\x21-\\x7e]{1,100}$' }),
    found: variableNames,
    missing: variableNames
  }, { additionalProperties: false }), { maxItems: maxVariableUses })
}, { additionalProperties: false })

export function representUsage ({ functionName, method, path, requests, lastUsedAt, clients, moreClients }: RouteUsage): Static<typeof routeUsage> {
  return { functionName, method, path, requests, lastUsedAt, clients, moreClients }
}
