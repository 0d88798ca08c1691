import type { FeedRelease, FunctionRoute, ReleaseRoute, UpstreamRoute } from '#shared/feed.ts'
import { Problem } from '#shared/errors.ts'
import { compileRoutes, type Route, type Router } from '#shared/routes.ts'
import type { RunnableFunction } from '../functions/runner.ts'
import type { Layer, LayeredRoute } from '../policies/layers.ts'
import type { CompiledUpstream } from '../upstream/target.ts'

/** A release as requests meet it. Never changed. */
export interface CompiledRelease {
  /** 0: nothing has been released. */
  readonly number: number
  /** The number, where answers are to carry it. */
  readonly servedBy: string | null
  readonly router: Router<CompiledRoute>
  /** Some route has plugins of its own. */
  readonly hasPlugins: boolean
  /** Routes of functions that run by themselves, by name. */
  readonly scheduled: ReadonlyMap<string, CompiledFunctionRoute>
}

/** Has a function, or goes to an upstream. */
export type CompiledRoute = CompiledFunctionRoute | CompiledUpstreamRoute

interface CompiledRouteBase extends Route, LayeredRoute {
  readonly versionId: string
  readonly layer: Layer
}

export interface CompiledFunctionRoute extends CompiledRouteBase {
  readonly fn: RunnableFunction
  readonly upstream: null
}

export interface CompiledUpstreamRoute extends CompiledRouteBase {
  readonly fn: null
  readonly upstream: CompiledUpstream
}

export interface ReleaseCompiler {
  describe: (route: FunctionRoute) => RunnableFunction
  compileUpstream: (route: UpstreamRoute) => CompiledUpstream
  layerOf: (route: LayeredRoute) => Layer
  /** Whether answers are to carry the number. */
  isNamed: boolean
}

/** @throws {RouteConflict} where the release contradicts itself, which the control plane does not let happen */
export function compileRelease (release: FeedRelease, compiler: ReleaseCompiler): CompiledRelease {
  const routes = release.routes.map(route => compileRoute(route, compiler))
  const isScheduled = new Set(release.routes.filter(({ schedules }) => schedules !== undefined).map(({ functionName }) => functionName))
  return {
    number: release.number,
    servedBy: compiler.isNamed ? String(release.number) : null,
    router: compileRoutes(routes),
    hasPlugins: release.routes.some(({ plugins }) => plugins !== undefined),
    scheduled: new Map(routes.filter(route => route.fn !== null).filter(({ functionName }) => isScheduled.has(functionName)).map(route => [route.functionName, route]))
  }
}

function compileRoute (route: ReleaseRoute, { describe, compileUpstream, layerOf }: ReleaseCompiler): CompiledRoute {
  const { methods, path, functionName, versionId, plugins } = route
  const base = { methods, path, functionName, versionId, ...(plugins && { plugins }), layer: layerOf(route) }
  return route.upstream === undefined ? { ...base, fn: describe(route), upstream: null } : { ...base, fn: null, upstream: compileUpstream(route) }
}

/** Compiled for the first request that meets it, and once: what contradicts itself there fails for nobody else. @throws {Problem} from then on */
export function compileLazily (release: FeedRelease, compiler: ReleaseCompiler): () => CompiledRelease {
  let compiled: CompiledRelease | null = null
  let failure: Problem | null = null
  return () => {
    if (failure !== null) throw failure
    try {
      return compiled ??= compileRelease(release, compiler)
    } catch (cause) {
      throw failure = new Problem('environment_unusable', undefined, { cause })
    }
  }
}
