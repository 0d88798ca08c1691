import { timestamp, type Clock } from '#shared/clock.ts'
import { routeUsageDays, variableReadsMs, type Store } from '../store.ts'
import { dayOf } from '../usage/routes.ts'
import { ofExisting } from './existing.ts'
import type { Context } from './operations.ts'
import { openRouteUsages } from './route-usage.ts'
import { createTurns } from './turns.ts'
import { openVariableReadings } from './variable-reads.ts'

const dayMs = 86_400_000

/** Data planes tell it all the time, and nobody follows it: it makes no revision. */
export function usageOperations ({ collections, inTransaction }: Pick<Context, 'collections' | 'inTransaction'>, clock: Clock): Pick<Store, 'addUsage' | 'listRouteUsage' | 'listVariableReads' | 'sweepUsage'> {
  const routes = openRouteUsages(collections)
  const variables = openVariableReadings(collections)
  const inTurn = createTurns()
  return {
    addUsage: async report => await inTurn(async () => await inTransaction(async session => {
      await routes.add(await ofExisting(collections, report.routes, session), session)
      await variables.add(await ofExisting(collections, report.variables, session), timestamp(clock), session)
    })),
    listRouteUsage: routes.list,
    listVariableReads: variables.list,
    sweepUsage: async limit => {
      const count = await routes.forget(dayOf(clock.now() - routeUsageDays * dayMs), limit)
      return count + await variables.forget(new Date(clock.now() - variableReadsMs).toISOString(), limit - count)
    }
  }
}
