import { isFunctionRoute, type FeedItem, type FeedUpstream, type FunctionRoute, type ReleaseRoute, type UpstreamRoute } from '#shared/feed.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'

export type TestRoute = Partial<FunctionRoute> & { path: string } | Partial<UpstreamRoute> & Pick<UpstreamRoute, 'path' | 'upstream'>

export interface GatewayOptions {
  plugins?: Plugins
  environmentPlugins?: Plugins
  routes?: TestRoute[]
  upstreams?: Record<string, FeedUpstream>
  variables?: Record<string, string>
  /** Sealed. */
  secrets?: Record<string, string>
  defaultEnvironment?: string
}

/** What the feed says of a gateway with `dev` and `prod`, where `routes` are released to both. */
export function gatewayItems (gatewayId: string, options: GatewayOptions = {}): FeedItem[] {
  const { plugins = {}, environmentPlugins = {}, routes = [{ path: '/hello' }], variables = {}, secrets = {}, upstreams = {}, defaultEnvironment = 'prod' } = options
  const released = routes.map((route): ReleaseRoute => {
    const named = { functionName: 'hello', methods: ['GET' as const], versionId: 'v1' }
    return route.upstream === undefined ? { ...named, timeoutMs: 1000, ...route } : { ...named, ...route }
  })
  return [
    { type: 'gateway', gatewayId, value: { name: `Gateway ${gatewayId}`, defaultEnvironment, plugins } },
    ...released.filter(isFunctionRoute).map(({ functionName, versionId }): FeedItem => ({
      type: 'function-version', gatewayId, versionId, value: { functionName, bundle: `// ${functionName}`, sourceMap: '{}' }
    })),
    ...['dev', 'prod'].map((environment): FeedItem => ({
      type: 'environment', gatewayId, environment, value: { plugins: environmentPlugins, variables, secrets, upstreams, release: { number: 1, routes: released }, canary: null, previews: [] }
    }))
  ]
}
