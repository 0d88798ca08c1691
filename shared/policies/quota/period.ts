/** A day, a week or a month of a calendar, as quotas have them. */
export type PeriodKind = 'day' | 'week' | 'month'

export interface Period {
  /** Unlike that of any other period, and the same in every process: `week:2026-11-23`, with its first day. */
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly startsAt: number
  /** The first moment that is not in it. */
  readonly endsAt: number
}

/** Days since the epoch, of a calendar without time. */
type Day = number

const dayMs = 86_400_000

export function isTimeZone (name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name })
    // Offsets are time zones of Intl too, and have no daylight saving: who writes one is warned by that.
    return !/^[+-]/.test(name)
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** The period of this kind that holds a moment. @param timeZone of the IANA database */
export function periodAt (kind: PeriodKind, timeZone: string, now: number): Period {
  const dayAt = createCalendar(timeZone)
  const first = firstDay(kind, dayAt(now))
  return { key: `${kind}:${new Date(first * dayMs).toISOString().slice(0, 10)}`, startsAt: beginningOf(first, dayAt), endsAt: beginningOf(firstDayAfter(kind, first), dayAt) }
}

/** The same for a time that goes on: looks the calendar up once a period. */
export function createPeriods (kind: PeriodKind, timeZone: string): (now: number) => Period {
  let period: Period | null = null
  return now => {
    if (period === null || now >= period.endsAt || now < period.startsAt) period = periodAt(kind, timeZone, now)
    return period
  }
}

/** Seconds that a period of this kind has where no clock is changed, and a month has 30 days. */
export function usualSeconds (kind: PeriodKind): number {
  return { day: 1, week: 7, month: 30 }[kind] * 86_400
}

function createCalendar (timeZone: string): (now: number) => Day {
  const format = new Intl.DateTimeFormat('en', { timeZone, calendar: 'iso8601', numberingSystem: 'latn', year: 'numeric', month: 'numeric', day: 'numeric' })
  return now => {
    const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, Number(value)]))
    return Date.UTC(parts.year!, parts.month! - 1, parts.day) / dayMs
  }
}

function firstDay (kind: PeriodKind, day: Day): Day {
  if (kind === 'day') return day
  // The epoch was a Thursday.
  if (kind === 'week') return day - (day + 3) % 7
  const date = new Date(day * dayMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / dayMs
}

function firstDayAfter (kind: PeriodKind, first: Day): Day {
  if (kind === 'day') return first + 1
  if (kind === 'week') return first + 7
  const date = new Date(first * dayMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / dayMs
}

/**
 * The first second of a day. Where clocks are set at midnight it is not 00:00, or is so twice; where a day was left out it is that of the next.
 * So it is looked for: no zone is further than 15 hours from UTC, and dates never go back.
 */
function beginningOf (day: Day, dayAt: (now: number) => Day): number {
  let before = day * 86_400 - 15 * 3_600
  let from = day * 86_400 + 15 * 3_600
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2)
    if (dayAt(middle * 1_000) >= day) from = middle
    else before = middle
  }
  return from * 1_000
}
