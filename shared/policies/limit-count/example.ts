import type { PolicyExample } from '../example.ts'
import type { LimitCountConfig } from './schema.ts'

export const limitCountExample: PolicyExample<LimitCountConfig> = {
  settings: { limits: [{ name: 'second', count: 10, windowSeconds: 1, window: 'sliding' }, { name: 'hour', count: 1000, windowSeconds: 3600 }], costs: { hello: 5 } },
  request: { path: '/hello' },
  answer: { status: 200, headers: { 'ratelimit-policy': '"second";q=10;w=1, "hour";q=1000;w=3600', ratelimit: '"second";r=5;t=2, "hour";r=995;t=3600' }, body: 'hello' }
}
