import type { DatabaseSync } from 'node:sqlite'
import { timestamp, type Clock } from '#shared/clock.ts'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import { routeUsageDays, variableReadsMs, type EnvironmentRef } from '../store.ts'
import { dayOf } from '../usage/routes.ts'
import type { Operations } from './operations.ts'
import { openRouteUsages } from './route-usage.ts'
import { openVariableReadings } from './variable-reads.ts'

const dayMs = 86_400_000

/** Data planes tell it all the time, and nobody follows it: it makes no revision. */
export function usageOperations (db: DatabaseSync, clock: Clock): Pick<Operations, 'addUsage' | 'listRouteUsage' | 'listVariableReads' | 'sweepUsage'> {
  const routes = openRouteUsages(db)
  const variables = openVariableReadings(db)
  const environment = db.prepare('SELECT 1 FROM environments WHERE gatewayId = ? AND name = ?')
  const isThere = (use: EnvironmentRef): boolean => environment.get(use.gatewayId, use.environment) !== undefined
  return {
    addUsage: report => inTransaction(db, () => {
      for (const use of report.routes) if (isThere(use)) routes.add(use)
      for (const use of report.variables) if (isThere(use)) variables.add(use, timestamp(clock))
    }),
    listRouteUsage: routes.list,
    listVariableReads: variables.list,
    sweepUsage: limit => {
      const count = routes.forget(dayOf(clock.now() - routeUsageDays * dayMs), limit)
      return count + variables.forget(new Date(clock.now() - variableReadsMs).toISOString(), limit - count)
    }
  }
}
