import type { PolicyModule } from '../policy.ts'
import { isTimeZone } from './period.ts'
import type { QuotaConfig } from './schema.ts'

/** What is used is counted by the stage. */
export const quota: PolicyModule<QuotaConfig> = {
  priority: 0,
  check: ({ timeZone = 'UTC' }, pointer) => isTimeZone(timeZone) ? [] : [{ pointer: `${pointer}/timeZone`, detail: 'must be a time zone of the IANA database, such as Europe/Berlin' }],
  compile: () => ({})
}
