import type { Plugins } from '#shared/plugins/plugins.ts'
import { origin } from '../clients/population.ts'
import { answers } from '../proxied/answers.ts'
import { signToken } from './token.ts'

export interface PolicyCase {
  name: string
  plugins: Plugins
  /** What its requests carry. */
  headers?: (client: Client) => Record<string, string>
  /** By which an answer shows that it is at work, where one can. */
  shows?: Readonly<Record<string, RegExp>>
  /** It is held against this one. Default: `none`, which asks nobody for anything. */
  against?: 'key-auth'
}

/** Of the environment. */
export interface Client {
  id: string
  key: string
}

/** The second upstream of every environment that is measured: the same backend. */
export const otherUpstream = 'other'

const issued = signToken(Math.floor(Date.now() / 1_000))
const withKey = ({ key }: Client): Record<string, string> => ({ 'x-api-key': key })
const plenty = 1_000_000_000

/** Settings that let requests through, so that what differs is what the policy costs. */
export const policyCases: readonly PolicyCase[] = [
  { name: 'key-auth', plugins: { 'key-auth': {} }, headers: withKey },
  { name: 'basic-auth', plugins: { 'basic-auth': {} }, headers: ({ id, key }) => ({ authorization: `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}` }) },
  { name: 'jwt-auth', plugins: { 'jwt-auth': { issuer: issued.issuer, publicKey: issued.publicKey } }, headers: () => ({ authorization: `Bearer ${issued.token}` }) },
  { name: 'cors', plugins: { cors: { allowOrigins: [origin], allowCredentials: true } }, headers: () => ({ origin }), shows: { 'access-control-allow-origin': /./ } },
  { name: 'ip-restriction', plugins: { 'ip-restriction': { allow: ['127.0.0.0/8', '10.0.0.0/8'], deny: ['192.0.2.0/24'] } } },
  { name: 'redirect', plugins: { redirect: { rules: [{ path: '/v1/*', to: 'https://v1.shop.example/*' }, { path: '/start', to: '/small', status: 302 }] } } },
  { name: 'minimum-client-version', plugins: { 'minimum-client-version': { minimum: '1.2.0', header: 'x-client-version' } }, headers: () => ({ 'x-client-version': '2.0.0' }) },
  { name: 'limit-count', plugins: { 'limit-count': { count: plenty, windowSeconds: 86_400, by: 'address' } }, shows: { ratelimit: /limit-count/ } },
  { name: 'limit-concurrency', plugins: { 'limit-concurrency': { count: 1_000, by: 'address' } }, shows: { ratelimit: /limit-concurrency/ } },
  { name: 'quota', plugins: { quota: { count: plenty, period: 'month', by: 'environment' } }, shows: { ratelimit: /quota/ } },
  { name: 'scopes', plugins: { 'key-auth': {}, scopes: { required: ['orders:read'] } }, headers: withKey, against: 'key-auth' },
  {
    name: 'request-validation',
    plugins: { 'request-validation': { parameters: [{ name: 'x-page', in: 'header', required: true, schema: { type: 'integer', minimum: 1, maximum: 100 } }] } },
    headers: () => ({ 'x-page': '7' })
  },
  { name: 'request-size', plugins: { 'request-size': { maxBytes: 1_000 } } },
  { name: 'fault-injection', plugins: { 'fault-injection': { abort: { status: 503, percentage: 0 } } } },
  // Nothing of what the upstream says is kept, then all.
  { name: 'cache, passed by', plugins: { cache: {} }, shows: { 'cache-status': /fwd/ } },
  { name: 'cache, kept', plugins: { cache: { defaultSeconds: 3_600 } }, shows: { 'cache-status': /./ } },
  { name: 'mocking', plugins: { mocking: { routes: { small: { body: JSON.parse(answers.small.body) as object } } } } },
  { name: 'traffic-split', plugins: { 'traffic-split': { rules: [{ upstreams: [{ name: otherUpstream, weight: 1 }, { weight: 1 }] }] } } },
  { name: 'proxy-rewrite', plugins: { 'proxy-rewrite': { path: answers.small.path, query: { set: { lang: 'en' } } } } },
  { name: 'headers', plugins: { headers: { request: { set: { 'x-added': 'yes' } }, response: { set: { 'x-frame-options': 'DENY' }, remove: ['server'] } } }, shows: { 'x-frame-options': /DENY/ } },
  { name: 'response-rewrite', plugins: { 'response-rewrite': { rules: [{ when: { statuses: [200] }, headers: { set: { 'x-rewritten': 'yes' } } }] } }, shows: { 'x-rewritten': /yes/ } },
  { name: 'compression', plugins: { compression: { minBytes: 0, types: ['application/json'] } }, headers: () => ({ 'accept-encoding': 'gzip' }), shows: { 'content-encoding': /gzip/ } },
  { name: 'served-by', plugins: { 'served-by': {} }, shows: { 'x-imprun-release': /\d/ } }
]

/** What is not measured, and why. */
export const unmeasured: Readonly<Record<string, string>> = {
  'hmac-auth': 'each request is signed anew, which a load generator cannot do',
  'mtls-auth': 'a certificate is looked at when a connection is opened, and these are kept',
  'oauth2-introspection': 'what an issuer has said is kept, so it costs as much as jwt-auth without a signature to verify',
  authentication: 'it says how the others go together',
  none: 'it is what the others are held against'
}

/** All at once that can be, and let the request through to the upstream. */
export const allOn: PolicyCase = (() => {
  const instead = new Set(['basic-auth', 'jwt-auth', 'mocking', 'cache, kept'])
  const together = policyCases.filter(({ name }) => !instead.has(name))
  return {
    name: 'all on',
    plugins: Object.assign({}, ...together.map(({ plugins }) => plugins)) as Plugins,
    headers: client => Object.assign({}, ...together.map(({ headers }) => headers?.(client) ?? {})) as Record<string, string>,
    shows: Object.assign({}, ...together.map(({ shows }) => shows ?? {}), { ratelimit: /limit-count.*quota/, 'access-control-allow-origin': /./ }) as Record<string, RegExp>
  }
})()
