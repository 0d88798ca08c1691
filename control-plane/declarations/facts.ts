import type { Plugins } from '#shared/plugins/plugins.ts'
import { effectivePlugins } from '#shared/plugins/rules.ts'
import type { EnvironmentFacts } from '../releases/checks/check.ts'
import type { ApiGateway, ClientApp, Environment } from '../store/documents.ts'
import type { Draft, EnvironmentRef, StoreWrite } from '../store/store.ts'
import type { GatewayState } from './state.ts'

/** What is there, and what an import is about to write. */
export interface Planned { state: GatewayState | null, writes: readonly StoreWrite[] }

/** The gateway as it is after the import. */
export function plannedGateway ({ state, writes }: Planned): Draft<ApiGateway> {
  const drafts = writes.flatMap(write => write.write === 'createGateway' || write.write === 'replaceGateway' ? [write.with[0]] : [])
  return (drafts[0] ?? state?.gateway)!
}

/** An environment as it is after the import. */
export function plannedFacts (planned: Planned, environment: string): EnvironmentFacts {
  return {
    name: environment,
    canary: stateOf(planned, environment)?.environment.canary?.release ?? null,
    plugins: effectivePlugins(plannedGateway(planned).config.plugins, pluginsOf(planned, environment)),
    variableNames: async () => changed(stateOf(planned, environment)?.variables, variableChanges(planned), environment),
    upstreamNames: async () => changed(stateOf(planned, environment)?.upstreams, upstreamChanges(planned), environment),
    clients: async () => clientsOf(planned, environment)
  }
}

function stateOf ({ state }: Planned, name: string) {
  return state?.environments.find(({ environment }) => environment.name === name)
}

function pluginsOf (planned: Planned, environment: string): Plugins {
  const drafts = planned.writes.flatMap((write): Array<Draft<Environment>> => {
    if (write.write === 'createGateway') return write.with[1]
    return write.write === 'createEnvironment' || write.write === 'replaceEnvironment' ? [write.with[0]] : []
  })
  return drafts.find(({ name }) => name === environment)?.config.plugins ?? stateOf(planned, environment)?.environment.config.plugins ?? {}
}

type Change = { in: EnvironmentRef, put: string } | { in: EnvironmentRef, removed: string }

function variableChanges ({ writes }: Planned): Change[] {
  return writes.flatMap((write): Change[] => {
    if (write.write === 'putVariable') return [{ in: write.with[0], put: write.with[1].name }]
    return write.write === 'removeVariable' ? [{ in: write.with[0], removed: write.with[1] }] : []
  })
}

function upstreamChanges ({ writes }: Planned): Change[] {
  return writes.flatMap((write): Change[] => {
    if (write.write === 'putUpstream') return [{ in: write.with[0], put: write.with[1].name }]
    return write.write === 'removeUpstream' ? [{ in: write.with[0], removed: write.with[1] }] : []
  })
}

function changed (before: ReadonlyArray<{ name: string }> = [], changes: readonly Change[], environment: string): Set<string> {
  const names = new Set(before.map(({ name }) => name))
  for (const change of changes) {
    if (change.in.environment !== environment) continue
    if ('put' in change) names.add(change.put)
    else names.delete(change.removed)
  }
  return names
}

function clientsOf (planned: Planned, environment: string): Array<Draft<ClientApp>> {
  const clients = new Map<string, Draft<ClientApp>>(stateOf(planned, environment)?.clients.map(client => [client.id, client]))
  for (const { write, with: values } of planned.writes) {
    if ((write === 'addClient' || write === 'replaceClient') && values[0].environment === environment) clients.set(values[1].id, values[1])
    if (write === 'removeClient' && values[0].environment === environment) clients.delete(values[1])
  }
  return [...clients.values()]
}
