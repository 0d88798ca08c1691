import type { ClientSession } from 'mongodb'
import { timestamp, type Clock } from '#shared/clock.ts'
import type { ScheduleRun } from '../records.ts'
import { missing } from '../refusals.ts'
import type { ScheduleRunLimits, Store } from '../store.ts'
import { decode, encode } from './codec.ts'
import { idOf } from './collections.ts'
import { toPage, type Context } from './operations.ts'
import { createNamedTurns } from './turns.ts'

type ScheduleRunOperations = Pick<Store, 'addScheduleRun' | 'finishScheduleRun' | 'listScheduleRuns'>

/** Runs are written every minute by machines that follow the feed, and are no part of it: they make no revision. */
export function scheduleRunOperations ({ collections, inTransaction }: Pick<Context, 'collections' | 'inTransaction'>, clock: Clock, limits: ScheduleRunLimits): ScheduleRunOperations {
  const { scheduleRuns, environments } = collections
  const inTurn = createNamedTurns()

  const settleLost = async (): Promise<void> => {
    await scheduleRuns.updateMany({ status: 'running', deadlineAt: { $lt: timestamp(clock) } }, { $set: { status: 'lost' } })
  }
  const add = async (run: ScheduleRun, session: ClientSession): Promise<{ run: ScheduleRun, added: boolean }> => {
    const there = await scheduleRuns.findOne({ ...scheduleKey(run), scheduledAt: run.scheduledAt }, { projection: { _id: 0 }, session })
    if (there !== null) return { run: decode(there), added: false }
    // Of several who add one to the environment, this lets one commit; and the environment is not deleted meanwhile.
    const { matchedCount } = await environments.updateOne({ _id: idOf(run.gatewayId, run.environment) }, { $inc: { turns: 1 } }, { session })
    if (matchedCount === 0) throw missing('environment')
    const isHeldUp = run.status === 'running' &&
      await scheduleRuns.findOne({ ...scheduleKey(run), status: 'running', deadlineAt: { $gte: timestamp(clock) } }, { projection: { _id: 1 }, session }) !== null
    const added: ScheduleRun = isHeldUp ? { ...run, status: 'skipped' } : run
    await scheduleRuns.insertOne({ _id: run.id, ...encode(added) }, { session })
    await trim(run, session)
    return { run: structuredClone(added), added: true }
  }
  const trim = async (run: ScheduleRun, session: ClientSession): Promise<void> => {
    const [oldest] = await scheduleRuns.find(scheduleKey(run), { projection: { id: 1 }, session })
      .sort({ scheduledAt: -1 }).skip(limits.perSchedule - 1).limit(1).toArray()
    if (oldest !== undefined) await scheduleRuns.deleteMany({ ...scheduleKey(run), status: { $ne: 'running' }, id: { $lt: oldest.id } }, { session })
  }

  return {
    addScheduleRun: async run => {
      await settleLost()
      const outcome = await inTurn(idOf(run.gatewayId, run.environment), async () => await inTransaction(async session => await add(run, session)))
      if (outcome.added) await scheduleRuns.deleteMany({ scheduledAt: { $lt: new Date(clock.now() - limits.maxAgeMs).toISOString() } })
      return outcome
    },

    finishScheduleRun: async (id, outcome, environments = null) => {
      const wanted = { _id: id, ...(environments !== null && { environment: { $in: [...environments] } }) }
      const finished = await scheduleRuns.findOneAndUpdate(
        { ...wanted, status: { $in: ['running', 'lost'] } }, { $set: encode(outcome) }, { returnDocument: 'after', projection: { _id: 0 } }
      )
      if (finished !== null) return { run: decode(finished), finished: true }
      const run = await scheduleRuns.findOne(wanted, { projection: { _id: 0 } })
      return run === null ? null : { run: decode(run), finished: false }
    },

    listScheduleRuns: async ({ gatewayId, environment }, { functionName, schedule, status }, request) => {
      await settleLost()
      const conditions = Object.fromEntries(Object.entries({ functionName, schedule, status }).filter(([, value]) => value !== null))
      const beyond = request.after === null ? {} : { id: { $lt: request.after } }
      const found = await scheduleRuns.find({ gatewayId, environment, ...conditions, ...beyond }, { projection: { _id: 0 } })
        .sort({ id: -1 }).limit(request.limit + 1).toArray()
      return toPage(found.map(run => decode(run)), request, run => run.id)
    }
  }
}

function scheduleKey ({ gatewayId, environment, functionName, schedule }: ScheduleRun) {
  return { gatewayId, environment, functionName, schedule }
}
