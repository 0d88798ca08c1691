import { hash } from 'node:crypto'
import type { Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import { compileTimetable } from '#shared/schedules.ts'
import { opens, type Scope } from '../data-plane-tokens/scope.ts'
import { servedRoutes } from '../releases/served.ts'
import type { ScheduleRun } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import type { Claim, FinishedRun } from './schema.ts'

/** Clocks of machines differ by seconds. */
const maxAheadMs = 60_000
/** A data plane tries for five minutes. */
const maxLateMs = 10 * 60_000
/** For how long a data plane may tell what it has missed. */
const maxMissedMs = 24 * 60 * 60_000
/** Over the function's own time: for what happens around it, and for the report. */
const graceMs = 60_000

/** What data planes ask before they run what is due, and tell afterwards. Their word on what is scheduled counts for nothing. */
export class ScheduleClaims {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /**
   * Whether the one who asks is to run it. `null`: somebody else has it, or the one before still runs.
   * @throws {Problem} `schedule_not_found`, `schedule_not_due`
   */
  async claim (claim: Claim, scope: Scope): Promise<{ id: string } | null> {
    if (!opens(scope, claim.environment)) throw new Problem('schedule_not_found')
    const run = await this.#add(claim, 'running', maxLateMs)
    // Not added, and the same: the answer to it was lost.
    return run.id === createRunId(claim) && run.status === 'running' ? { id: run.id } : null
  }

  /** Those that are no due times of what is released now are left out. */
  async recordMissed (claims: Claim[]): Promise<void> {
    for (const claim of claims) {
      try {
        await this.#add(claim, 'missed', maxMissedMs)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
      }
    }
  }

  /** @throws {Problem} `schedule_run_not_found`; `conflict` where it has ended before */
  async finish ({ id, ...outcome }: FinishedRun, scope: Scope): Promise<void> {
    const ended = await this.#store.finishScheduleRun(id, outcome, scope)
    if (ended === null) throw new Problem('schedule_run_not_found')
    if (!ended.finished) throw new Problem('conflict', 'The run has ended already.')
  }

  async #add (claim: Claim, status: 'running' | 'missed', maxAgeMs: number): Promise<ScheduleRun> {
    const now = this.#clock.now()
    const { timeoutMs } = await this.#requireDue(claim, now - maxAgeMs, now + maxAheadMs)
    const { gatewayId, environment, functionName, versionId, schedule, scheduledAt } = claim
    const { run } = await this.#store.addScheduleRun({
      id: createRunId(claim),
      gatewayId,
      environment,
      functionName,
      versionId,
      schedule,
      scheduledAt,
      status,
      deadlineAt: new Date(now + timeoutMs + graceMs).toISOString(),
      startedAt: null,
      finishedAt: null,
      durationMs: null,
      responseStatus: null,
      errorCode: null,
      requestId: null
    })
    return run
  }

  async #requireDue (claim: Claim, earliest: number, latest: number): Promise<{ timeoutMs: number }> {
    const { gatewayId, functionName, scheduledAt } = claim
    const environment = await this.#store.getEnvironment(gatewayId, claim.environment)
    const routes = environment === null ? [] : await servedRoutes(this.#store, environment)
    const route = routes.find(route => route.functionName === functionName)
    const schedule = route?.schedules?.find(({ name }) => name === claim.schedule)
    if (route?.timeoutMs === undefined || schedule === undefined) throw new Problem('schedule_not_found')
    const time = Date.parse(scheduledAt)
    const isDue = time >= earliest && time <= latest && compileTimetable(schedule).next(time - 1) === time
    if (!isDue) throw new Problem('schedule_not_due')
    return route
  }
}

/** In the order of their times as texts; the rest is what nobody else's claim comes to. */
function createRunId (claim: Claim): string {
  const { claimId, gatewayId, environment, functionName, schedule, scheduledAt } = claim
  const rest = hash('sha256', JSON.stringify([claimId, gatewayId, environment, functionName, schedule, scheduledAt]), 'hex').slice(0, 24)
  return `${Date.parse(scheduledAt).toString(36).padStart(9, '0')}${rest}`
}
