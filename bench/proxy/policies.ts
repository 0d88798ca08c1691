import type { Plugins } from '#shared/plugins/plugins.ts'

export interface MeasuredPolicy {
  name: string
  plugins: Plugins
  /** That its requests carry. */
  headers?: Record<string, string>
}

/** Settings that let the request through, so that what differs is what the policy costs. */
export const measuredPolicies: readonly MeasuredPolicy[] = [
  { name: 'cors', plugins: { cors: { allowOrigins: ['https://dashboard.example'], allowCredentials: true } }, headers: { origin: 'https://dashboard.example' } },
  { name: 'limit-count', plugins: { 'limit-count': { count: 1_000_000_000, windowSeconds: 86_400, by: 'address' } } },
  { name: 'ip-restriction', plugins: { 'ip-restriction': { allow: ['127.0.0.0/8', '10.0.0.0/8'], deny: ['192.0.2.0/24'] } } },
  { name: 'headers', plugins: { headers: { request: { set: { 'x-added': 'yes' } }, response: { set: { 'x-frame-options': 'DENY' }, remove: ['server'] } } } },
  // Nothing of what the upstream says is kept, then all.
  { name: 'cache, passed by', plugins: { cache: {} } },
  { name: 'cache', plugins: { cache: { defaultSeconds: 3_600 } } },
  { name: 'compression', plugins: { compression: { minBytes: 0, types: ['text/*', 'application/json'] } }, headers: { 'accept-encoding': 'gzip' } },
  {
    name: 'request-validation',
    plugins: { 'request-validation': { parameters: [{ name: 'x-page', in: 'header', required: true, schema: { type: 'integer', minimum: 1, maximum: 100 } }] } },
    headers: { 'x-page': '7' }
  },
  { name: 'minimum-client-version', plugins: { 'minimum-client-version': { minimum: '1.2.0', header: 'x-client-version' } }, headers: { 'x-client-version': '2.0.0' } }
]
