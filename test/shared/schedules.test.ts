import t from 'tap'
import { compileTimetable, normalizeCron } from '#shared/schedules.ts'

const due = (cron: string, timeZone: string, after: string, count: number): string[] => {
  const timetable = compileTimetable({ cron, timeZone })
  const times: string[] = []
  for (let time: number | null = Date.parse(after); times.length < count;) {
    time = timetable.next(time)
    if (time === null) break
    times.push(new Date(time).toISOString().slice(0, 16))
  }
  return times
}

t.test('due times come one after the other, each a whole minute', async t => {
  t.strictSame(due('*/20 * * * *', 'UTC', '2030-01-01T00:00:00Z', 3), ['2030-01-01T00:20', '2030-01-01T00:40', '2030-01-01T01:00'], 'a time itself is not after it')
  t.strictSame(due('0 * * * *', 'UTC', '2029-12-31T23:59:59.999Z', 1), ['2030-01-01T00:00'])
  t.strictSame(due('0 0 L * *', 'UTC', '2030-02-01T00:00:00Z', 2), ['2030-02-28T00:00', '2030-03-31T00:00'])
  t.strictSame(due('0 0 * * FRI#2', 'UTC', '2030-02-01T00:00:00Z', 1), ['2030-02-08T00:00'])
})

t.test('29 February is every four years, and 30 February never', async t => {
  t.strictSame(due('0 12 29 2 *', 'UTC', '2030-01-01T00:00:00Z', 2), ['2032-02-29T12:00', '2036-02-29T12:00'])
  t.strictSame(due('0 12 30 2 *', 'UTC', '2030-01-01T00:00:00Z', 1), [])
})

t.test('a night without 02:30 runs it after the gap, and one that has it twice runs it once', async t => {
  t.strictSame(due('30 2 * * *', 'Europe/Berlin', '2030-03-30T00:00:00Z', 3), ['2030-03-30T01:30', '2030-03-31T01:00', '2030-04-01T00:30'])
  t.strictSame(due('30 2 * * *', 'Europe/Berlin', '2030-10-26T12:00:00Z', 2), ['2030-10-27T00:30', '2030-10-28T01:30'])
})

t.test('what goes by the clock goes on through both nights', async t => {
  t.strictSame(due('*/30 * * * *', 'Europe/Berlin', '2030-03-31T00:30:00Z', 3), ['2030-03-31T01:00', '2030-03-31T01:30', '2030-03-31T02:00'])
  t.strictSame(due('*/30 * * * *', 'Europe/Berlin', '2030-10-27T00:00:00Z', 4), ['2030-10-27T00:30', '2030-10-27T01:00', '2030-10-27T01:30', '2030-10-27T02:00'])
})

t.test('an expression has one written form', async t => {
  t.equal(normalizeCron('  */5\t*  * * *\n'), '*/5 * * * *')
})

t.test('expressions that are made to take long do not', async t => {
  for (const cron of ['0 0 31 2,4,6,9,11 +1', '0 0 30 2 +5#5', '59 23 29 2 +1#5', `${'0,'.repeat(20)}0 0 29 2 +MON`]) {
    compileTimetable({ cron, timeZone: 'Pacific/Apia' }).next(Date.UTC(2000, 0, 1))
  }
  t.throws(() => compileTimetable({ cron: '*,'.repeat(1e6), timeZone: 'UTC' }), /five fields/)
  t.throws(() => compileTimetable({ cron: '* * * * *', timeZone: 'x'.repeat(1e6) }), /time zone/)
})
