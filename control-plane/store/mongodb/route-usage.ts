import type { ClientSession } from 'mongodb'
import type { RouteUse } from '#shared/usage.ts'
import type { RouteUsage } from '../records.ts'
import type { EnvironmentRef, Page, PageRequest } from '../store.ts'
import { dayOf, joinUsage, openRoutePage, routeKey, toUsage } from '../usage/routes.ts'
import { decode, encode } from './codec.ts'
import { idOf, type Collections } from './collections.ts'
import { forgetSome } from './forget.ts'

/** The use of routes: a document for each of them and day. */
export interface RouteUsages {
  /** The environments have to be there. */
  add: (uses: readonly RouteUse[], session: ClientSession) => Promise<void>
  list: (environment: EnvironmentRef, since: number, page: PageRequest) => Promise<Page<RouteUsage>>
  /** Of the days before this one. */
  forget: (beforeDay: string, limit: number) => Promise<number>
}

const projection = { _id: 0, gatewayId: 0, environment: 0, route: 0, day: 0 }

export function openRouteUsages ({ routeUsage, named }: Pick<Collections, 'routeUsage' | 'named'>): RouteUsages {
  return {
    add: async (uses, session) => {
      if (uses.length === 0) return
      const ids = new Set(uses.map(usageId))
      const usages = new Map<string, RouteUsage>()
      for await (const { _id, ...usage } of routeUsage.find({ _id: { $in: [...ids] } }, { projection: { ...projection, _id: 1 }, session })) usages.set(_id, decode(usage))
      const names = new Map(uses.map(use => [usageId(use), { gatewayId: use.gatewayId, environment: use.environment, route: routeKey(use), day: dayOf(use.lastAt) }]))
      for (const use of uses) {
        const known = usages.get(usageId(use))
        usages.set(usageId(use), known === undefined ? toUsage(use) : joinUsage(known, toUsage(use)))
      }
      await routeUsage.bulkWrite([...usages].map(([_id, usage]) => ({
        replaceOne: { filter: { _id }, replacement: { ...names.get(_id)!, ...encode(usage) }, upsert: true }
      })), { session })
    },
    list: async ({ gatewayId, environment }, since, { limit, after }) => {
      const page = openRoutePage(since, limit)
      const found = routeUsage.find({ gatewayId, environment, route: { $gt: after ?? '' }, day: { $gte: dayOf(since) } }, { projection }).sort({ route: 1, day: 1 })
      for await (const day of found) {
        const full = page.add(decode<RouteUsage>(day))
        if (full !== null) return full
      }
      return page.end()
    },
    forget: async (beforeDay, limit) => await forgetSome(named('routeUsage'), { day: { $lt: beforeDay } }, limit)
  }
}

/** No name of a gateway, an environment or a day has a slash. */
function usageId (use: RouteUse): string {
  return idOf(use.gatewayId, use.environment, dayOf(use.lastAt), routeKey(use))
}
