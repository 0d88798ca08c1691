import type { ClientPlugins, Plugins, RoutePlugins } from '#shared/plugins/plugins.ts'
import { compilePolicies } from '#shared/policies/modules.ts'
import type { Caller } from '../hot-cache.ts'
import type { CompiledLimit, LimitCompiler } from './limit-count.ts'
import { joinGates, stepsOf, type PolicySteps } from './steps.ts'

/** What holds for a request of the plugins that an endpoint and a client may have as well as their environment. */
export interface Layer {
  readonly limit: CompiledLimit | null
  readonly policies: PolicySteps
}

/** An endpoint, with what it has of its own. */
export interface LayeredRoute {
  readonly functionName: string
  readonly plugins?: RoutePlugins
}

/** The layers of one environment. The most specific place that has a plugin has all of it: client, endpoint, environment, gateway. */
export interface Layers {
  /** Where neither has any. */
  readonly base: Layer
  /** Worked out with its release. */
  readonly ofRoute: (route: LayeredRoute) => Layer
  /** Worked out for the first request of this client that meets this endpoint. @param route `null`: none answers */
  readonly ofClient: (caller: Caller, plugins: ClientPlugins, route: LayeredRoute | null) => Layer
}

/** @param name of the environment, as logs call it */
export function createLayers (name: string, plugins: Plugins, compileLimit: LimitCompiler): Layers {
  const compileLimitOf = (counters: string, { 'limit-count': config }: Plugins): CompiledLimit | null => config === undefined ? null : compileLimit(counters, config)
  const base: Layer = { limit: compileLimitOf(name, plugins), policies: stepsOf(compilePolicies(plugins)) }

  const ofRoute = ({ functionName, plugins: own }: LayeredRoute): Layer => {
    if (own === undefined) return base
    return {
      limit: own['limit-count'] === undefined ? base.limit : compileLimitOf(`${name}/route/${functionName}`, own),
      policies: stepsOf(compilePolicies({ ...plugins, ...own }))
    }
  }

  const compileClient = ({ clientId }: Caller, own: ClientPlugins, route: LayeredRoute | null): Layer => {
    const below = route === null ? base : ofRoute(route)
    const steps = stepsOf(compilePolicies({ ...plugins, ...route?.plugins, ...own }))
    return {
      limit: own['limit-count'] === undefined ? below.limit : compileLimitOf(`${name}/client/${clientId}`, own),
      // Before it was known who calls, what is below has acted; what is the client's alone is asked as soon as it can be.
      policies: { ...steps, admit: below.policies.admit, meet: joinGates(stepsOf(compilePolicies(own)).admit, steps.meet) }
    }
  }
  // By what came with the client: it is another one as soon as anything of it changes, and goes with it.
  const clients = new WeakMap<ClientPlugins, Map<string, Layer>>()
  return {
    base,
    ofRoute,
    ofClient: (caller, own, route) => {
      const known = clients.get(own) ?? new Map<string, Layer>()
      clients.set(own, known)
      // Endpoints without plugins are alike.
      const place = route?.plugins === undefined ? '' : route.functionName
      const layer = known.get(place) ?? compileClient(caller, own, route)
      known.set(place, layer)
      return layer
    }
  }
}
