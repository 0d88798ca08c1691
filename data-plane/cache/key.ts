import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { CacheRules } from '#shared/policies/cache/policy.ts'
import type { Entry } from './entry.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** More than that is no reason to keep an answer apart, but one not to keep it. */
export const maxVaryNames = 20

/** What the gateway itself says to functions and upstreams, or takes away: what an answer is like because of it is not known here. */
const ownNames = /^(?:x-request-id|x-forwarded-.*|forwarded|via|x-real-ip|authorization|x-api-key|apikey|host|connection)$/

/** Host, path and query: what an unsafe request spoils, whoever has sent it. */
export function uriOf ({ exchange: { target } }: EdgeRequest): string {
  return `${target.authority!.toLowerCase()}${target.path}?${target.query}`
}

/** All but `Vary`. @param client `null`: for everyone */
export function keyOf ({ exchange }: EdgeRequest, uri: string, client: string | null, { acrossReleases, digest }: CacheRules): string {
  const release = acrossReleases && !exchange.isPreview ? '' : exchange.release!.number
  return `${release} ${digest} ${client ?? ''} ${uri}`
}

/** Whether requests can be told apart by these. */
export function isTellable (names: readonly string[]): boolean {
  return !names.some(name => ownNames.test(name))
}

/** What the request says of them: however much it is, it is a hash. */
export function varyOf (names: readonly string[], headers: IncomingHttpHeaders, consumerName: string | null): string {
  if (names.length === 0) return ''
  const values = names.map(name => name === 'x-consumer-username' ? consumerName : headers[name] ?? null)
  return hash('sha256', JSON.stringify(values), 'base64url')
}

/** The newest that fits. */
export function select (entries: readonly Entry[], headers: IncomingHttpHeaders, consumerName: string | null): Entry | null {
  return entries.find(({ vary, varied }) => varyOf(vary, headers, consumerName) === varied) ?? null
}
