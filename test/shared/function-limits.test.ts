import t from 'tap'
import { effectiveLimits, functionLimitNames, functionLimitRanges } from '#shared/function-limits.ts'

t.test('what is not asked for has its default, which is within its range', async t => {
  const limits = effectiveLimits({ cpuMs: 250 })
  t.strictSame(Object.keys(limits), functionLimitNames)
  for (const name of functionLimitNames) {
    const { default: usual, min, max } = functionLimitRanges[name]
    t.equal(limits[name], name === 'cpuMs' ? 250 : usual, name)
    t.ok(min <= usual && usual <= max, name)
  }
})

t.test('nothing goes beyond its range, whoever let it pass', async t => {
  for (const name of functionLimitNames) {
    const { min, max } = functionLimitRanges[name]
    t.equal(effectiveLimits({ [name]: max + 1 })[name], max, name)
    t.equal(effectiveLimits({ [name]: min - 1 })[name], min, name)
  }
})

t.test('what is no limit is left out, and the order is always the same', async t => {
  const asked = { logBytes: 2_048, cpuMs: 160, other: 1 }
  t.strictSame(Object.keys(effectiveLimits(asked)), functionLimitNames)
})
