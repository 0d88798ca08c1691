import type { PassiveCheckSettings, RetrySettings } from './upstream-options.ts'

// Apart from the schemas, as in `plugins/rules.ts`.

/** Of one upstream: each is looked at for each request. */
export const maxTargets = 32
export const maxTargetWeight = 1_000
/** Of one environment and one data plane: beyond it targets are not checked. */
export const maxCheckedTargets = 64

/** What several targets have that say nothing of it. */
export const standardPassiveCheck: PassiveCheckSettings = { unhealthyAfter: 3, unhealthyStatuses: [502, 503, 504], ejectSeconds: 10 }
export const standardRetries: RetrySettings = { attempts: 1, on: ['connect-failure', 'reset'], budget: { percent: 20, minPerSecond: 10 } }
