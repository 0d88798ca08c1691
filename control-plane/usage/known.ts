import type { Clock } from '#shared/clock.ts'
import { readAll } from '../store/read-all.ts'
import type { RouteUsage, VariableReads } from '../store/records.ts'
import type { EnvironmentRef, Store } from '../store/store.ts'

/** What is known of use, for who is about to change what is used. */
export interface KnownUsage {
  /** Of the last `recentDays`. */
  routes: (environment: EnvironmentRef) => Promise<RouteUsage[]>
  /** Of all environments. */
  variables: (gatewayId: string, functionName: string) => Promise<VariableReads[]>
}

export const recentDays = 7

export function knownUsage ({ store, clock }: { store: Store, clock: Clock }): KnownUsage {
  return {
    routes: async environment => {
      const since = clock.now() - recentDays * 86_400_000
      return await readAll(async page => await store.listRouteUsage(environment, since, page))
    },
    variables: store.listVariableReads
  }
}
