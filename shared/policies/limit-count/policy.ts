import type { FieldError } from '../../errors.ts'
import type { PolicyModule } from '../policy.ts'
import { checkShortForm } from '../short-form.ts'
import type { LimitCountConfig } from './schema.ts'

/** Its counters are the stage's. */
export const limitCount: PolicyModule<LimitCountConfig> = {
  priority: 0,
  check: (settings, pointer) => [...checkOne(settings, pointer), ...checkNames(settings, pointer)],
  compile: () => ({})
}

function checkOne ({ count, windowSeconds, window, by, limits }: LimitCountConfig, pointer: string): FieldError[] {
  return checkShortForm({ required: { count, windowSeconds }, more: { window, by }, isNeeded: limits === undefined }, pointer)
}

/** Names of other items of `RateLimit`. */
const taken = /^(?:limit-count|limit-concurrency|quota(?:-.*)?)$/

function checkNames ({ limits = [] }: LimitCountConfig, pointer: string): FieldError[] {
  const names = limits.map(({ name }) => name)
  return names.flatMap((name, index) => taken.test(name) || names.indexOf(name) !== index
    ? [{ pointer: `${pointer}/limits/${index}/name`, detail: 'must be another than those of the other limits, and than limit-count, limit-concurrency, quota and what begins with quota-' }]
    : [])
}
