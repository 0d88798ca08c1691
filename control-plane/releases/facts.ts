import { effectivePlugins } from '#shared/plugins/rules.ts'
import type { ApiGateway, Environment } from '../store/documents.ts'
import { maxClientsPerEnvironment, type Store } from '../store/store.ts'
import { maxUpstreams } from '../upstreams/schema.ts'
import { maxVariables } from '../variables/schema.ts'
import type { EnvironmentFacts } from './checks/check.ts'

/** Of an environment as it is stored. */
export function storedFacts (store: Store, gateway: ApiGateway, { name, canary, config }: Environment): EnvironmentFacts {
  const ref = { gatewayId: gateway.id, environment: name }
  return {
    name,
    canary: canary?.release ?? null,
    plugins: effectivePlugins(gateway.config.plugins, config.plugins),
    // Each page of them would be read from the whole.
    variableNames: async () => new Set((await store.listVariables(ref, { limit: maxVariables, after: null })).items.map(({ name }) => name)),
    upstreamNames: async () => new Set((await store.listUpstreams(ref, { limit: maxUpstreams, after: null })).items.map(({ name }) => name)),
    clients: async () => (await store.listClients(ref, { limit: maxClientsPerEnvironment, after: null })).items
  }
}
