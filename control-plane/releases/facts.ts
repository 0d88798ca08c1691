import { effectivePlugins } from '#shared/plugins/plugins.ts'
import type { ApiGateway, Environment } from '../store/documents.ts'
import { readAll } from '../store/read-all.ts'
import type { Store } from '../store/store.ts'
import type { EnvironmentFacts } from './checks/check.ts'

/** Of an environment as it is stored. */
export function storedFacts (store: Store, gateway: ApiGateway, { name, config }: Environment): EnvironmentFacts {
  const ref = { gatewayId: gateway.id, environment: name }
  return {
    name,
    plugins: effectivePlugins(gateway.config.plugins, config.plugins),
    variableNames: async () => new Set((await readAll(async page => await store.listVariables(ref, page))).map(({ name }) => name)),
    clients: async () => await readAll(async page => await store.listClients(ref, page))
  }
}
