import type { FieldError } from '../../errors.ts'
import { checkShortForm } from '../short-form.ts'
import type { PolicyModule } from '../policy.ts'
import { isTimeZone } from './period.ts'
import type { QuotaConfig } from './schema.ts'
import { setQuotas } from './set-quotas.ts'

/** What is used is counted by the stage. */
export const quota: PolicyModule<QuotaConfig> = {
  priority: 0,
  check: (settings, pointer) => [...checkOne(settings, pointer), ...checkZones(settings, pointer), ...checkPeriods(settings, pointer)],
  compile: () => ({})
}

function checkOne ({ count, period, timeZone, by, quotas }: QuotaConfig, pointer: string): FieldError[] {
  return checkShortForm({ required: { count, period }, more: { timeZone, by }, isNeeded: quotas === undefined }, pointer)
}

function checkZones ({ timeZone, quotas = [] }: QuotaConfig, pointer: string): FieldError[] {
  const zones = [{ timeZone, at: pointer }, ...quotas.map((quota, index) => ({ timeZone: quota.timeZone, at: `${pointer}/quotas/${index}` }))]
  return zones.flatMap(({ timeZone = 'UTC', at }) => isTimeZone(timeZone) ? [] : [{ pointer: `${at}/timeZone`, detail: 'must be a time zone of the IANA database, such as Europe/Berlin' }])
}

/** Of two the smaller one would be all that counts. */
function checkPeriods (settings: QuotaConfig, pointer: string): FieldError[] {
  const kinds = setQuotas(settings).map(({ period, by }) => `${period} ${by}`)
  const ofList = kinds.length - (settings.quotas?.length ?? 0)
  return kinds.flatMap((kind, index) => kinds.indexOf(kind) === index ? [] : [{ pointer: `${pointer}/quotas/${index - ofList}/period`, detail: 'is that of another quota with the same `by`' }])
}
