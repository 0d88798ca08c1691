import type { FeedCanary, FeedPreview, FeedRelease, FunctionRoute } from '#shared/feed.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import type { TestEdge } from './edge.ts'

export interface Served {
  gatewayId?: string
  /** All environments are the test's to name; the default one is `prod`. */
  environment?: string
  plugins?: Plugins
  release?: FeedRelease
  canary?: FeedCanary
  previews?: FeedPreview[]
}

/** A release whose function `hello` is in a version of the release's number. */
export function releaseOf (number: number, routes: Array<Partial<FunctionRoute>> = [{}]): FeedRelease {
  return { number, routes: routes.map(route => ({ functionName: 'hello', versionId: `v${number}`, methods: ['GET'], path: '/hello', timeoutMs: 1000, ...route })) }
}

export function canaryOf (number: number, weight: number, header: string | null = null): FeedCanary {
  return { release: releaseOf(number), weight, header }
}

/** Commits an environment of a gateway, and the versions that it needs. */
export function serve (edge: TestEdge, served: Served): void {
  const { gatewayId = 'shop', environment = 'prod', plugins = {}, release = releaseOf(1), canary = null, previews = [] } = served
  const versions = [release, ...(canary === null ? [] : [canary.release]), ...previews.map(preview => preview.release)].flatMap(({ routes }) => routes)
  edge.commit(
    { type: 'gateway', gatewayId, value: { name: 'Shop', defaultEnvironment: 'prod', plugins: {} } },
    ...versions.map(({ functionName, versionId }) => ({ type: 'function-version' as const, gatewayId, versionId, value: { functionName, bundle: '', sourceMap: '{}' } })),
    { type: 'environment', gatewayId, environment, value: { plugins, variables: {}, secrets: {}, release, canary, previews } }
  )
}
