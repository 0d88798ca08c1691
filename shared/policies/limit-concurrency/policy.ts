import type { PolicyModule } from '../policy.ts'
import type { LimitConcurrencyConfig } from './schema.ts'

/** Its counters are the stage's. */
export const limitConcurrency: PolicyModule<LimitConcurrencyConfig> = { priority: 0, compile: () => ({}) }
