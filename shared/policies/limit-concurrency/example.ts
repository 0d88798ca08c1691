import type { PolicyExample } from '../example.ts'
import type { LimitConcurrencyConfig } from './schema.ts'

export const limitConcurrencyExample: PolicyExample<LimitConcurrencyConfig> = {
  settings: { count: 10, by: 'client' },
  request: { path: '/hello' },
  answer: { status: 200, headers: { 'ratelimit-policy': '"limit-concurrency";q=10;qu="concurrent-requests"', ratelimit: '"limit-concurrency";r=9' }, body: 'hello' }
}
