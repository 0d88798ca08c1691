import { maxUsageClients, type RouteUse } from '#shared/usage.ts'
import type { CompiledEnvironment } from '../edge/environment.ts'
import type { CompiledRoute } from '../edge/release.ts'

/** Called for each request that a route has answered, and for no other. @param clientId `null`: nobody knows who it was */
export type CountRequest = (environment: CompiledEnvironment, route: CompiledRoute, method: string, clientId: string | null, time: number) => void

/** What one route has answered by one method since it was last asked. */
class Counter {
  readonly route: Omit<RouteUse, 'requests' | 'lastAt' | 'clients' | 'moreClients'>
  requests = 0
  lastAt = 0
  lastClient: string | null = null
  clients = new Set<string>()
  moreClients = false

  constructor (route: Counter['route']) {
    this.route = route
  }
}

/** Between two reports there are as many counters as there are routes in use, and no more than these. */
const maxCounters = 5_000

/**
 * Counts requests by their route, of which each release has objects of its own: so a request costs two look-ups, and no text is made for it.
 */
export class RouteCounts {
  readonly #onUse: () => void
  readonly #counters = new WeakMap<CompiledRoute, Counter[]>()
  #used: Counter[] = []
  #lost = 0

  /** @param onUse a route is used for the first time since they were taken */
  constructor (onUse: () => void) {
    this.#onUse = onUse
  }

  get isEmpty (): boolean { return this.#used.length === 0 }

  count: CountRequest = (environment, route, method, clientId, time) => {
    const counter = this.#find(environment, route, method)
    if (counter.requests === 0 && !this.#use(counter)) return
    counter.requests++
    counter.lastAt = time
    if (clientId === null || clientId === counter.lastClient) return
    counter.lastClient = clientId
    if (counter.clients.size < maxUsageClients) counter.clients.add(clientId)
    else counter.moreClients ||= !counter.clients.has(clientId)
  }

  /** What has been counted since the last time. */
  take (): RouteUse[] {
    const used = this.#used
    this.#used = []
    return used.map(counter => {
      const { route, requests, lastAt, clients, moreClients } = counter
      counter.requests = 0
      counter.lastClient = null
      counter.clients = new Set()
      counter.moreClients = false
      return { ...route, requests, lastAt, clients: [...clients], moreClients }
    })
  }

  /** How many requests were not counted since the last time. */
  takeLost (): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }

  #use (counter: Counter): boolean {
    if (this.#used.length >= maxCounters) {
      this.#lost++
      return false
    }
    this.#used.push(counter)
    this.#onUse()
    return true
  }

  #find (environment: CompiledEnvironment, route: CompiledRoute, asked: string): Counter {
    let counters = this.#counters.get(route)
    if (counters === undefined) this.#counters.set(route, counters = [])
    const method = answeringMethod(route, asked)
    for (const counter of counters) if (counter.route.method === method) return counter
    const { gatewayId, environment: name } = environment
    const counter = new Counter({ gatewayId, environment: name, functionName: route.functionName, method, path: route.path })
    counters.push(counter)
    return counter
  }
}

/** A route that has HEAD only through its GET loses it with that. */
function answeringMethod ({ methods }: CompiledRoute, method: string): string {
  return method === 'HEAD' && !methods.includes('HEAD') ? 'GET' : method
}
