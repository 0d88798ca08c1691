import type { PolicyExample } from '../example.ts'
import type { FaultInjectionSettings } from './schema.ts'

export const faultInjectionExample: PolicyExample<FaultInjectionSettings> = {
  settings: { abort: { status: 503 }, delay: { ms: 200, percentage: 10 } },
  request: { path: '/hello' },
  answer: { status: 503 }
}
