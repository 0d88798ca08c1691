import { maxRouteUses, maxUsageClients, maxVariableNames, maxVariableUses, type RouteUse, type UsageReport } from '#shared/usage.ts'

/** One version in one environment. */
export interface VersionRef { gatewayId: string, environment: string, functionName: string, versionId: string }

const maxRoutes = 10_000
const maxVersions = 2_000

/** What waits for being reported: however long it waits, the same route is one entry. */
export class UsageBacklog {
  readonly #routes = new Map<string, RouteUse>()
  readonly #variables = new Map<string, { version: VersionRef, names: Map<string, boolean> }>()
  #lost = 0

  get isEmpty (): boolean { return this.#routes.size === 0 && this.#variables.size === 0 }
  get hasNames (): boolean { return this.#variables.size > 0 }

  add (use: RouteUse): void {
    // None of these has a space.
    const key = `${use.gatewayId} ${use.environment} ${use.functionName} ${use.method} ${use.path}`
    const known = this.#routes.get(key)
    if (known !== undefined) this.#routes.set(key, join(known, use))
    else if (this.#routes.size < maxRoutes) this.#routes.set(key, use)
    else this.#lost += use.requests
  }

  addName (version: VersionRef, name: string, isThere: boolean): void {
    const { gatewayId, environment, functionName, versionId } = version
    const key = `${gatewayId} ${environment} ${functionName} ${versionId}`
    let known = this.#variables.get(key)
    if (known === undefined) {
      if (this.#variables.size >= maxVersions) return
      this.#variables.set(key, known = { version: { gatewayId, environment, functionName, versionId }, names: new Map() })
    }
    if (known.names.size < maxVariableNames) known.names.set(name, isThere)
  }

  /** As much as makes a report; `null`: there is nothing. */
  take (): UsageReport | null {
    if (this.isEmpty) return null
    const variables = takeFirst(this.#variables, maxVariableUses).map(({ version, names }) => {
      const having = (wanted: boolean): string[] => [...names].filter(([, isThere]) => isThere === wanted).map(([name]) => name)
      return { ...version, found: having(true), missing: having(false) }
    })
    return { routes: takeFirst(this.#routes, maxRouteUses), variables }
  }

  /** To be reported again. @param mayHaveArrived so that its requests may have been counted */
  giveBack ({ routes, variables }: UsageReport, mayHaveArrived: boolean): void {
    for (const use of routes) this.add(mayHaveArrived ? { ...use, requests: 0 } : use)
    for (const { found, missing, ...version } of variables) {
      for (const name of found) this.addName(version, name, true)
      for (const name of missing) this.addName(version, name, false)
    }
  }

  /** How many requests were forgotten since the last time. */
  takeLost (): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }
}

function join (a: RouteUse, b: RouteUse): RouteUse {
  const clients = [...new Set([...a.clients, ...b.clients])]
  return {
    ...a,
    requests: a.requests + b.requests,
    lastAt: Math.max(a.lastAt, b.lastAt),
    clients: clients.slice(0, maxUsageClients),
    moreClients: a.moreClients || b.moreClients || clients.length > maxUsageClients
  }
}

function takeFirst<Value> (map: Map<string, Value>, count: number): Value[] {
  const taken: Value[] = []
  for (const [key, value] of map) {
    if (taken.length === count) break
    taken.push(value)
    map.delete(key)
  }
  return taken
}
