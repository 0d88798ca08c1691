import t from 'tap'
import { createPeriods, isTimeZone, periodAt, type PeriodKind } from '#shared/policies/quota/period.ts'

const iso = (kind: PeriodKind, zone: string, now: string) => {
  const { key, startsAt, endsAt } = periodAt(kind, zone, Date.parse(now))
  return [key, new Date(startsAt).toISOString(), new Date(endsAt).toISOString()]
}

t.test('days, weeks from Monday, months', async t => {
  t.strictSame(iso('day', 'UTC', '2026-11-23T23:59:59.999Z'), ['day:2026-11-23', '2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z'])
  t.strictSame(iso('week', 'UTC', '2026-11-22T23:00:00Z'), ['week:2026-11-16', '2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'], 'Sunday is its last day')
  t.strictSame(iso('week', 'UTC', '2027-01-01T00:00:00Z'), ['week:2026-12-28', '2026-12-28T00:00:00.000Z', '2027-01-04T00:00:00.000Z'], 'weeks do not end with years')
  t.strictSame(iso('month', 'UTC', '2028-02-29T12:00:00Z'), ['month:2028-02-01', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'])
  t.strictSame(iso('month', 'UTC', '2026-12-31T23:59:59Z'), ['month:2026-12-01', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'])
})

t.test('the calendar is that of the time zone', async t => {
  t.strictSame(iso('day', 'Pacific/Kiritimati', '2026-11-23T10:00:00Z'), ['day:2026-11-24', '2026-11-23T10:00:00.000Z', '2026-11-24T10:00:00.000Z'])
  t.strictSame(iso('day', 'Pacific/Pago_Pago', '2026-11-23T10:59:59Z'), ['day:2026-11-22', '2026-11-22T11:00:00.000Z', '2026-11-23T11:00:00.000Z'])
  t.strictSame(iso('month', 'Asia/Kolkata', '2026-10-31T18:30:00Z'), ['month:2026-11-01', '2026-10-31T18:30:00.000Z', '2026-11-30T18:30:00.000Z'])
})

t.test('days on which clocks are set are longer or shorter', async t => {
  t.strictSame(iso('day', 'Europe/Berlin', '2026-10-25T12:00:00Z'), ['day:2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'])
  t.strictSame(iso('day', 'America/New_York', '2026-03-08T12:00:00Z'), ['day:2026-03-08', '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'])
  t.strictSame(iso('day', 'Africa/Cairo', '2026-04-24T12:00:00Z'), ['day:2026-04-24', '2026-04-23T22:00:00.000Z', '2026-04-24T21:00:00.000Z'], 'at midnight: it begins at 01:00')
  t.strictSame(iso('day', 'America/Havana', '2026-11-01T12:00:00Z'), ['day:2026-11-01', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'], 'its first hour comes twice')
  t.strictSame(iso('day', 'Pacific/Apia', '2011-12-30T09:59:59Z'), ['day:2011-12-29', '2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'], 'before a day that was left out')
})

t.test('each moment is in one period, and the next begins where it ends', async t => {
  for (const zone of ['Europe/Berlin', 'Africa/Cairo', 'Asia/Beirut', 'America/Havana', 'Australia/Lord_Howe']) {
    for (const kind of ['day', 'week', 'month'] as const) {
      const end = Date.parse('2027-02-01T00:00:00Z')
      for (let now = Date.parse('2026-01-01T00:00:00Z'); now < end;) {
        const { startsAt, endsAt, key } = periodAt(kind, zone, now)
        const last = periodAt(kind, zone, endsAt - 1)
        if (startsAt > now || endsAt <= now || last.key !== key || last.startsAt !== startsAt || periodAt(kind, zone, endsAt).startsAt !== endsAt) t.fail(`${zone} ${kind} ${new Date(now).toISOString()}`)
        now = endsAt
      }
    }
  }
})

t.test('a clock that is set back finds the period before again', async t => {
  const periods = createPeriods('day', 'UTC')
  t.equal(periods(Date.parse('2026-11-23T00:00:00Z')).key, 'day:2026-11-23')
  t.equal(periods(Date.parse('2026-11-22T23:59:59.999Z')).key, 'day:2026-11-22')
  t.equal(periods(Date.parse('2026-11-24T00:00:00Z')).key, 'day:2026-11-24')
})

t.test('time zones are those of the IANA database', async t => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires']) t.ok(isTimeZone(zone), zone)
  for (const zone of ['', 'Mars/Olympus', '+01:00', 'Europe/Berlin ', '../etc/passwd']) t.notOk(isTimeZone(zone), zone)
})
