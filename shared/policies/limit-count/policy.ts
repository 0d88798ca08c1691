import type { FieldError } from '../../errors.ts'
import type { PolicyModule } from '../policy.ts'
import type { LimitCountConfig } from './schema.ts'

/** Its counters are the stage's. */
export const limitCount: PolicyModule<LimitCountConfig> = {
  priority: 0,
  check: (settings, pointer) => [...checkShortForm(settings, pointer), ...checkNames(settings, pointer)],
  compile: () => ({})
}

function checkShortForm ({ count, windowSeconds, window, by, limits }: LimitCountConfig, pointer: string): FieldError[] {
  const shouldBeSet = limits === undefined || count !== undefined || windowSeconds !== undefined
  const having = (record: object, isThere: boolean): string[] => Object.entries(record).filter(([, value]) => (value !== undefined) === isThere).map(([name]) => name)
  return shouldBeSet
    ? having({ count, windowSeconds }, false).map(name => ({ pointer: `${pointer}/${name}`, detail: 'is required' }))
    : having({ window, by }, true).map(name => ({ pointer: `${pointer}/${name}`, detail: 'belongs to count and windowSeconds, which are not there' }))
}

/** Names of other items of `RateLimit`. */
const taken = ['limit-count', 'limit-concurrency', 'quota']

function checkNames ({ limits = [] }: LimitCountConfig, pointer: string): FieldError[] {
  const names = limits.map(({ name }) => name)
  return names.flatMap((name, index) => taken.includes(name) || names.indexOf(name) !== index
    ? [{ pointer: `${pointer}/limits/${index}/name`, detail: 'must be another than those of the other limits, and than limit-count, limit-concurrency and quota' }]
    : [])
}
