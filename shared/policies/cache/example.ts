import type { PolicyExample } from '../example.ts'
import type { CacheSettings } from './schema.ts'

export const cacheExample: PolicyExample<CacheSettings> = {
  settings: { defaultSeconds: 60, staleIfErrorSeconds: 600 },
  request: { path: '/hello' },
  answer: { status: 200, headers: { 'cache-status': 'imprun; fwd=uri-miss; stored' }, body: 'hello' }
}
