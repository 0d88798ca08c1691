import type { FeedClient, FeedEnvironment, FeedGateway, FeedRelease } from '#shared/feed.ts'
import { upstreamSettingsOf, type ApiGateway, type ClientApp } from '../documents.ts'
import type { ServingEnvironment } from './source.ts'

/** What a data plane is told of the documents: what it needs to serve, and no more. */
export function feedGateway (gateway: ApiGateway): FeedGateway {
  return { name: gateway.name, defaultEnvironment: gateway.defaultEnvironment, plugins: gateway.config.plugins }
}

export function feedEnvironment ({ environment, variables, upstreams, releases }: ServingEnvironment): FeedEnvironment {
  // fromEntries defines properties, so a variable called __proto__ is one like any other.
  const values = (secret: boolean): Record<string, string> =>
    Object.fromEntries(variables.filter(variable => variable.secret === secret).map(({ name, value }) => [name, value]))
  const release = (number: number): FeedRelease => ({ number, routes: releases.get(number)!.routes })
  const { canary, previews, quotaResets = 0, cachePurges } = environment
  return {
    plugins: environment.config.plugins,
    variables: values(false),
    secrets: values(true),
    ...(upstreams.length > 0 && { upstreams: Object.fromEntries(upstreams.map(upstream => [upstream.name, upstreamSettingsOf(upstream)])) }),
    ...(quotaResets > 0 && { quotaResets }),
    ...(cachePurges && { cachePurges }),
    release: environment.release === null ? null : release(environment.release),
    canary: canary === null ? null : { release: release(canary.release), weight: canary.weight, header: canary.header },
    previews: previews.map(({ release: number, expiresAt }) => ({ release: release(number), expiresAt }))
  }
}

export function feedClient (client: ClientApp): FeedClient {
  const keys: FeedClient['keys'] = [{ apiKeyId: client.apiKeyId, keyHash: client.keyHash, expiresAt: null }]
  if (client.previousKey !== null) {
    const { apiKeyId, keyHash, expiresAt } = client.previousKey
    keys.push({ apiKeyId, keyHash, expiresAt })
  }
  const { name, enabled, expiresAt, scopes = [], signingKeys, certificates, plugins, quotaResets = 0 } = client
  // Without plugins it can be refused by no data plane, however old, and one that is disabled has to be known everywhere.
  return {
    name, enabled, expiresAt, ...(scopes.length > 0 && { scopes }), ...(signingKeys && { signingKeys }), ...(certificates && { certificates }),
    ...(enabled && plugins && { plugins }), ...(quotaResets > 0 && { quotaResets }), keys
  }
}
