import { Cron } from 'croner'

/** When a function runs by itself. */
export interface Schedule {
  /** Of one function. */
  name: string
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  cron: string
  /** IANA name. */
  timeZone: string
}

/** A due time of a schedule, as data planes and control planes speak of it. */
export interface ScheduleTime {
  gatewayId: string
  environment: string
  functionName: string
  schedule: string
  /** RFC 3339, UTC, a whole minute: what makes it one and the same time to clocks that differ. */
  scheduledAt: string
}

/** What `ctx.schedule` is, and the body of the request. */
export interface ScheduledCall {
  name: string
  cron: string
  scheduledAt: string
}

/** The due times of a schedule. All times are milliseconds since the epoch. */
export interface Timetable {
  /** The first one after this. `null`: there is none. */
  next: (after: number) => number | null
}

/** What is wrong with an expression or a time zone, in words for its author. */
export class ScheduleFault extends Error {
  override readonly name = 'ScheduleFault'
  readonly field: 'cron' | 'timeZone'
  constructor (field: 'cron' | 'timeZone', message: string, options?: { cause: unknown }) {
    super(message, options)
    this.field = field
  }
}

export const maxCronLength = 100

/** `?` means the time at which it is parsed, which is another one in each process. */
const fiveFields = /^[0-9A-Za-z*,/#+-]+(?: [0-9A-Za-z*,/#+-]+){4}$/
const zoneName = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/
const expected = 'must be a cron expression of five fields (minute, hour, day, month, weekday), such as "*/5 * * * *"'

/** An expression in its one written form. */
export function normalizeCron (cron: string): string {
  return cron.trim().split(/\s+/).join(' ')
}

/** @throws {ScheduleFault} */
export function compileTimetable ({ cron, timeZone }: Pick<Schedule, 'cron' | 'timeZone'>): Timetable {
  if (!isTimeZone(timeZone)) throw new ScheduleFault('timeZone', 'must be the name of a time zone, such as "Europe/Berlin"')
  if (cron.length > maxCronLength || !fiveFields.test(cron)) throw new ScheduleFault('cron', expected)
  const job = parse(cron, timeZone)
  return { next: after => job.nextRun(new Date(after))?.getTime() ?? null }
}

function parse (cron: string, timeZone: string): Cron {
  try {
    return new Cron(cron, { mode: '5-part', timezone: timeZone, paused: true })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^CronPattern: /, '') : String(cause)
    throw new ScheduleFault('cron', `${expected}: ${reason}`, { cause })
  }
}

function isTimeZone (name: string): boolean {
  if (!zoneName.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    // The one way to ask; it throws for what it does not know.
    return false
  }
}
