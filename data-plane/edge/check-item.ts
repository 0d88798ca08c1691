import { servedReleases, type FeedEnvironment, type FeedGateway, type FeedItem } from '#shared/feed.ts'
import { checkPlugins } from '#shared/plugins/rules.ts'
import { RouteConflict } from '#shared/routes.ts'
import type { Logger } from '#shared/log.ts'
import { UpstreamState } from '../upstream/state.ts'
import { compileEnvironment, type EnvironmentCompiler } from './environment.ts'

/** Routes of one release. More than a control plane lets anyone have; it is there so that compiling them is never long. */
const maxRoutes = 5_000
/** Of an environment together with all that it serves, as text. */
const maxEnvironmentLength = 16 * 1024 * 1024

/** Compiles what would be served, as an edge worker will, and says why that cannot be done; `null`: it can. */
export function createItemCheck (logger: Logger): (item: FeedItem) => string | null {
  const compiler = createTrialCompiler(logger)
  return item => {
    switch (item.type) {
      case 'gateway': return item.value === null ? null : firstFault(item.value)
      case 'environment': return item.value === null ? null : firstFault(item.value) ?? routeFault(item.value) ?? checkEnvironment(item.gatewayId, item.environment, item.value, compiler)
      case 'client': return item.value?.plugins === undefined ? null : firstFault({ plugins: item.value.plugins })
      case 'function-version': return null
    }
  }
}

function firstFault ({ plugins }: Pick<FeedGateway, 'plugins'>): string | null {
  const [fault] = checkPlugins(plugins, '/plugins')
  return fault === undefined ? null : `${fault.pointer} ${fault.detail}`
}

function routeFault (environment: FeedEnvironment): string | null {
  for (const { number, routes } of servedReleases(environment)) {
    for (const { functionName, plugins } of routes) {
      const fault = plugins === undefined ? null : firstFault({ plugins })
      if (fault !== null) return `release ${number}, ${functionName}: ${fault}`
    }
  }
  return null
}

function checkEnvironment (gatewayId: string, environment: string, value: FeedEnvironment, compiler: EnvironmentCompiler): string | null {
  const releases = [value.release, value.canary?.release, ...value.previews.map(({ release }) => release)]
  const tooMany = releases.find(release => (release?.routes.length ?? 0) > maxRoutes)
  if (tooMany) return `release ${tooMany.number} has ${tooMany.routes.length} routes, and ${maxRoutes} at most can be served`
  try {
    if (JSON.stringify(value).length > maxEnvironmentLength) return `it is larger than ${maxEnvironmentLength} characters`
    const compiled = compileEnvironment({ gatewayId, environment, value, gateway: { name: '', defaultEnvironment: environment, plugins: {} } }, compiler)
    compiled.canary?.release()
    for (const preview of compiled.previews.values()) preview.release()
    return null
  } catch (error) {
    return describeFault(error)
  }
}

/** Whatever it is, it is this environment's alone. The text of errors that are not known may quote values. */
function describeFault (error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (cause instanceof RouteConflict) return cause.message
  return `it does not compile: ${cause instanceof Error ? cause.name : 'unknown fault'}`
}

function createTrialCompiler (logger: Logger): EnvironmentCompiler {
  const unused = (): never => { throw new Error('nothing is served from a trial') }
  const limits: EnvironmentCompiler['limits'] = {
    compileLimit: () => ({ needsRoute: false, upstreamCost: false, policyHeader: '', count: unused }),
    compileQuota: () => ({ needsRoute: false, upstreamCost: false, take: unused }),
    compileConcurrency: () => ({ needsRoute: false, policyHeader: '', enter: unused })
  }
  return { replica: { getFunctionVersion: unused }, limits, openSecret: unused, upstreams: { of: () => new UpstreamState(new Set()) }, jwks: { of: unused }, introspections: { of: unused }, nonces: { use: unused }, logger }
}
