import type { Clock } from '#shared/clock.ts'
import { compileTimetable, type Schedule } from '#shared/schedules.ts'
import { requireEnvironment } from '../existing.ts'
import { servedRoutes } from '../releases/served.ts'
import type { ScheduleRun } from '../store/records.ts'
import type { EnvironmentRef, Page, PageRequest, ScheduleRunFilter, Store } from '../store/store.ts'

export interface ScheduledFunction extends Schedule {
  functionName: string
  versionId: string
  nextRunAt: string
  lastRun: ScheduleRun | null
}

/** What is scheduled in an environment, and what came of it. */
export class ScheduleService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /** By function and name. */
  async list (ref: EnvironmentRef, { limit, after }: PageRequest): Promise<Page<ScheduledFunction>> {
    const routes = await servedRoutes(this.#store, await requireEnvironment(this.#store, ref))
    const all = routes
      .flatMap(({ functionName, versionId, schedules = [] }) => schedules.map(schedule => ({ functionName, versionId, ...schedule })))
      .filter(schedule => after === null || keyOf(schedule) > after)
      .sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1)
    const page = all.slice(0, limit)
    return {
      items: await Promise.all(page.map(async schedule => await this.#describe(ref, schedule))),
      next: all.length > limit ? keyOf(page.at(-1)!) : null
    }
  }

  async listRuns (ref: EnvironmentRef, filter: ScheduleRunFilter, page: PageRequest): Promise<Page<ScheduleRun>> {
    await requireEnvironment(this.#store, ref)
    return await this.#store.listScheduleRuns(ref, filter, page)
  }

  async #describe (ref: EnvironmentRef, schedule: Omit<ScheduledFunction, 'nextRunAt' | 'lastRun'>): Promise<ScheduledFunction> {
    const { functionName, name } = schedule
    const { items: [lastRun = null] } = await this.#store.listScheduleRuns(ref, { functionName, schedule: name, status: null }, { limit: 1, after: null })
    const next = compileTimetable(schedule).next(this.#clock.now())
    // What has no due time is not saved.
    if (next === null) throw new Error(`${functionName}/${name} of ${ref.gatewayId}-${ref.environment} is never due`)
    return { ...schedule, nextRunAt: new Date(next).toISOString(), lastRun }
  }
}

function keyOf ({ functionName, name }: Pick<ScheduledFunction, 'functionName' | 'name'>): string {
  return `${functionName}/${name}`
}
