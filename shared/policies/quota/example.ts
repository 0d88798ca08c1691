import type { PolicyExample } from '../example.ts'
import type { QuotaConfig } from './schema.ts'

export const quotaExample: PolicyExample<QuotaConfig> = {
  settings: { quotas: [{ count: 1_000, period: 'day' }, { count: 10_000, period: 'week' }] },
  request: { path: '/hello' },
  answer: { status: 200, headers: { 'ratelimit-policy': '"quota-day";q=1000;w=86400, "quota-week";q=10000;w=604800', ratelimit: '"quota-day";r=999;t=86400' }, body: 'hello' }
}
