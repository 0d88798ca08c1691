import { isFunctionRoute, type FeedRelease, type FunctionRoute } from '#shared/feed.ts'
import { compileRoutes, type Route, type Router } from '#shared/routes.ts'
import type { RunnableFunction } from '../functions/runner.ts'

/** A release as requests meet it. Never changed. */
export interface CompiledRelease {
  /** 0: nothing has been released. */
  readonly number: number
  /** The number, where answers are to carry it. */
  readonly servedBy: string | null
  readonly router: Router<CompiledRoute>
  /** Routes of functions that run by themselves, by name. */
  readonly scheduled: ReadonlyMap<string, CompiledRoute>
}

export interface CompiledRoute extends Route {
  readonly fn: RunnableFunction
}

export interface ReleaseCompiler {
  describe: (route: FunctionRoute) => RunnableFunction
  /** Whether answers are to carry the number. */
  isNamed: boolean
}

/** @throws {RouteConflict} where the release contradicts itself, which the control plane does not let happen */
export function compileRelease (release: FeedRelease, { describe, isNamed }: ReleaseCompiler): CompiledRelease {
  const routes = release.routes.filter(isFunctionRoute).map(route => ({
    methods: route.methods,
    path: route.path,
    fn: describe(route),
    isScheduled: route.schedules !== undefined
  }))
  return {
    number: release.number,
    servedBy: isNamed ? String(release.number) : null,
    router: compileRoutes(routes),
    scheduled: new Map(routes.filter(({ isScheduled }) => isScheduled).map(route => [route.fn.functionName, route]))
  }
}

/** Compiled for the first request that meets it, and once: what contradicts itself there fails for nobody else. */
export function compileLazily (release: FeedRelease, compiler: ReleaseCompiler): () => CompiledRelease {
  let compiled: CompiledRelease | null = null
  return () => compiled ??= compileRelease(release, compiler)
}
