import type { FieldError } from '#shared/errors.ts'
import { compileTimetable, normalizeCron, ScheduleFault, type Schedule } from '#shared/schedules.ts'
import type { FunctionDraft } from './schema.ts'

type Draft = NonNullable<FunctionDraft['schedules']>[number]

/** What is due at some time is due in the four hundred years in which the calendar repeats itself, whenever they begin. */
const anyTime = Date.UTC(2000, 0, 1)

/** Schedules in their one canonical form, or what is wrong with them. */
export function readSchedules (drafts: Draft[]): { schedules: Schedule[], errors: FieldError[] } {
  const schedules = drafts.map(({ name, cron, timeZone = 'UTC' }, index) => ({ name: name ?? `schedule-${index + 1}`, cron: normalizeCron(cron), timeZone }))
  const names = new Set<string>()
  const errors = schedules.flatMap((schedule, index) => {
    const isTaken = names.has(schedule.name)
    names.add(schedule.name)
    return [...timeErrors(schedule, `/schedules/${index}`), ...(isTaken ? [{ pointer: `/schedules/${index}/name`, detail: 'must not be the name of another one' }] : [])]
  })
  return { schedules, errors }
}

function timeErrors (schedule: Schedule, pointer: string): FieldError[] {
  try {
    if (compileTimetable(schedule).next(anyTime) !== null) return []
    return [{ pointer: `${pointer}/cron`, detail: 'must come true some day: no month has such a date' }]
  } catch (error) {
    if (!(error instanceof ScheduleFault)) throw error
    return [{ pointer: `${pointer}/${error.field}`, detail: error.message }]
  }
}
