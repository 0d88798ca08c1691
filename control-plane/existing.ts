import { Problem } from '#shared/errors.ts'
import type { ApiGateway, Environment } from './store/documents.ts'
import type { EnvironmentRef, Store } from './store/store.ts'

/** What a path goes through, named in the problem where it is not there: the gateway, then the environment. */
export async function requireGateway (store: Store, gatewayId: string): Promise<ApiGateway> {
  const gateway = await store.getGateway(gatewayId)
  if (gateway === null) throw new Problem('api_gateway_not_found')
  return gateway
}

export async function requireEnvironment (store: Store, { gatewayId, environment: name }: EnvironmentRef): Promise<Environment> {
  const environment = await store.getEnvironment(gatewayId, name)
  if (environment !== null) return environment
  await requireGateway(store, gatewayId)
  throw new Problem('environment_not_found')
}
