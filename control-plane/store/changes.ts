/**
 * What one entry of `changes` says a reader of the feed has to look at again. It holds names and never values: the feed sends the
 * state of the head, so what a thing was in between does not matter, except that it was removed.
 */
export type Touched =
  | { type: 'gateway', gatewayId: string, removed?: true }
  | { type: 'environment', gatewayId: string, environment: string, removed?: true, versions?: VersionRef[] }
  | { type: 'client', gatewayId: string, environment: string, clientId: string }

/** A version that an environment's release names and its release before did not. */
export interface VersionRef { functionName: string, versionId: string }

export interface GatewayChanges {
  touched: boolean
  /** Removed at least once, whether or not it has been made anew since. */
  removed: boolean
  environments: Map<string, EnvironmentChanges>
}

export interface EnvironmentChanges {
  touched: boolean
  removed: boolean
  /** By `versionKey`. */
  versions: Map<string, VersionRef>
  clients: Set<string>
}

/** By gateway id: each touched thing once, whatever the number of changes. */
export type CoalescedChanges = Map<string, GatewayChanges>

/** Adds one entry of `changes`, in their order. Things of environments outside the scope are left out. */
export function coalesce (gateways: CoalescedChanges, touched: readonly Touched[], inScope: (environment: string) => boolean): void {
  for (const thing of touched) {
    if (thing.type === 'gateway' || inScope(thing.environment)) add(gateways, thing)
  }
}

function add (gateways: CoalescedChanges, thing: Touched): void {
  // What was in something that is removed does not matter any more; what is made in it anew comes after.
  if (thing.type === 'gateway') {
    if (thing.removed) gateways.set(thing.gatewayId, { touched: true, removed: true, environments: new Map() })
    else entry(gateways, thing.gatewayId, noGatewayChanges).touched = true
    return
  }
  const { environments } = entry(gateways, thing.gatewayId, noGatewayChanges)
  if (thing.type === 'client') {
    entry(environments, thing.environment, noEnvironmentChanges).clients.add(thing.clientId)
    return
  }
  if (thing.removed) environments.set(thing.environment, { ...noEnvironmentChanges(), removed: true })
  const environment = entry(environments, thing.environment, noEnvironmentChanges)
  environment.touched = true
  for (const version of thing.versions ?? []) environment.versions.set(versionKey(version), version)
}

function noGatewayChanges (): GatewayChanges {
  return { touched: false, removed: false, environments: new Map() }
}

function noEnvironmentChanges (): EnvironmentChanges {
  return { touched: false, removed: false, versions: new Map(), clients: new Set() }
}

function entry<Value> (map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

export function versionKey (version: VersionRef): string {
  return `${version.versionId} ${version.functionName}`
}

/** The versions that `routes` name and `before` do not, each once. */
export function newVersions (routes: readonly VersionRef[], before: readonly VersionRef[]): VersionRef[] {
  const known = new Set(before.map(versionKey))
  return routes.flatMap(({ functionName, versionId }) => {
    const key = versionKey({ functionName, versionId })
    if (known.has(key)) return []
    known.add(key)
    return [{ functionName, versionId }]
  })
}
