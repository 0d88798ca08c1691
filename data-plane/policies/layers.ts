import type { ClientPlugins, Plugins, RoutePlugins } from '#shared/plugins/plugins.ts'
import { compilePolicies, type NamedPolicy } from '#shared/policies/modules.ts'
import { authenticationPlugins } from '#shared/plugins/authentication-names.ts'
import { compileAuthentication, forPreviews, type AuthCompiler, type CompiledAuthentication } from '../authentication/compile.ts'
import { digestPolicy, standardMaxBodyBytes } from '../authentication/digest.ts'
import type { Caller } from '../hot-cache.ts'
import { compileLimits, type CompiledLimits, type LimitCompilers } from './limits.ts'
import { joinGates, stepsOf, type PolicySteps } from './steps.ts'

/** What holds for a request of the plugins that an endpoint and a client may have as well as their environment. */
export interface Layer {
  /** `null`: none. */
  readonly limits: CompiledLimits | null
  readonly policies: PolicySteps
  readonly authentication: AuthenticationOfPlace
}

export interface AuthenticationOfPlace {
  /** What it is made of: two that are the same let in the same. */
  readonly settings: string
  readonly own: CompiledAuthentication
  readonly preview: CompiledAuthentication
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

export interface LayerCompiler {
  /** Of the environment, as logs call it. */
  name: string
  gatewayId: string
  environment: string
  /** How often the periods of its quotas were begun anew. */
  quotaResets: number
  limits: LimitCompilers
  identity: AuthCompiler
}

export function createLayers (plugins: Plugins, { name, gatewayId, environment, quotaResets: resets, limits, identity }: LayerCompiler): Layers {
  const ofEnvironment = { counters: name, quotas: { gatewayId, environment, functionName: null, resets } }
  const base: Layer = { limits: compileLimits(limits, ofEnvironment, plugins, null), policies: stepsOf(policiesOf(plugins)), authentication: authenticationOf(plugins, identity) }

  const ofRoute = ({ functionName, plugins: own }: LayeredRoute): Layer => {
    if (own === undefined) return base
    const place = { counters: `${name}/route/${functionName}`, quotas: { ...ofEnvironment.quotas, functionName } }
    return {
      limits: compileLimits(limits, place, own, base.limits),
      policies: stepsOf(policiesOf({ ...plugins, ...own })),
      authentication: namesAuthentication(own) ? authenticationOf(own, identity) : base.authentication
    }
  }

  const compileClient = ({ clientId }: Caller, own: ClientPlugins, route: LayeredRoute | null): Layer => {
    const below = route === null ? base : ofRoute(route)
    const steps = stepsOf(policiesOf({ ...plugins, ...route?.plugins, ...own }))
    return {
      // A client that gets another quota has spent what it has spent.
      limits: compileLimits(limits, { ...ofEnvironment, counters: `${name}/client/${clientId}` }, own, below.limits),
      // Before it was known who calls, what is below has acted; what is the client's alone is asked as soon as it can be.
      authentication: below.authentication,
      policies: { ...steps, admit: below.policies.admit, meet: joinGates(stepsOf(compilePolicies(own)).admit, steps.meet) }
    }
  }
  // By what came with the client: it is another one as soon as anything of it changes, and goes with it.
  const clients = new WeakMap<ClientPlugins, WeakMap<ClientPlugins | RoutePlugins, Layer>>()
  return {
    base,
    ofRoute,
    ofClient: (caller, own, route) => {
      const known = clients.get(own) ?? new WeakMap<ClientPlugins | RoutePlugins, Layer>()
      clients.set(own, known)
      // Endpoints without plugins are alike; one of the same name may have others in another release.
      const place = route?.plugins ?? own
      const layer = known.get(place) ?? compileClient(caller, own, route)
      known.set(place, layer)
      return layer
    }
  }
}

/** With what a way to authenticate has still to look at when the body has come. */
function policiesOf (plugins: Plugins): NamedPolicy[] {
  const signed = plugins['hmac-auth']
  return signed === undefined ? compilePolicies(plugins) : [digestPolicy(signed.maxBodyBytes ?? standardMaxBodyBytes), ...compilePolicies(plugins)]
}

function namesAuthentication (plugins: Plugins): boolean {
  return authenticationPlugins.some(name => plugins[name] !== undefined)
}

function authenticationOf (plugins: Plugins, identity: AuthCompiler): AuthenticationOfPlace {
  const own = compileAuthentication(plugins, identity)
  return { own, preview: forPreviews(own, identity), settings: JSON.stringify(authenticationPlugins.map(name => plugins[name])) }
}
