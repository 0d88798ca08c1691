import t from 'tap'
import { startSteady } from '../../bench/events/steady.ts'
import { until } from '../support/until.ts'

t.test('requests are begun whatever becomes of those before, and all are told, also those that fail', async t => {
  const held = Promise.withResolvers<string | null>()
  let asked = 0
  const steady = startSteady(async () => {
    asked++
    if (asked === 1) return await held.promise
    if (asked === 2) throw new Error('connection lost')
    return asked === 3 ? '503' : null
  }, 500)
  await until('others to be sent while the first one waits', async () => asked, count => count >= 6)
  const before = steady.take()
  t.strictSame(before.failures, ['Error: connection lost', '503'])
  held.resolve(null)
  await steady.stop()
  const after = steady.take()
  t.equal(before.latenciesMs.length + before.failures.length + after.latenciesMs.length, asked, 'each is told once')
  t.ok(Math.max(...after.latenciesMs) > Math.max(0, ...before.latenciesMs), 'the one that waited took longest')
  t.strictSame(steady.take(), { latenciesMs: [], failures: [] })
})
