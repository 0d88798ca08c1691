import type { PolicyExample } from '../example.ts'
import type { QuotaConfig } from './schema.ts'

export const quotaExample: PolicyExample<QuotaConfig> = {
  settings: { count: 10_000, period: 'day' },
  request: { path: '/hello' },
  answer: { status: 200, headers: { 'ratelimit-policy': '"quota";q=10000;w=86400', ratelimit: '"quota";r=9999;t=86400' }, body: 'hello' }
}
