import type { DatabaseSync } from 'node:sqlite'
import type { RouteUse } from '#shared/usage.ts'
import type { RouteUsage } from '../records.ts'
import type { EnvironmentRef, Page, PageRequest } from '../store.ts'
import { dayOf, joinUsage, openRoutePage, routeKey, toUsage } from '../usage/routes.ts'
import { parse } from './table.ts'

/** The use of routes: a row for each of them and day. */
export interface RouteUsages {
  /** The environment has to be there. */
  add: (use: RouteUse) => void
  list: (environment: EnvironmentRef, since: number, page: PageRequest) => Page<RouteUsage>
  /** Of the days before this one. */
  forget: (beforeDay: string, limit: number) => number
}

export function openRouteUsages (db: DatabaseSync): RouteUsages {
  const row = 'gatewayId = ? AND environment = ? AND route = ? AND day = ?'
  const select = db.prepare(`SELECT document FROM routeUsage WHERE ${row}`)
  const upsert = db.prepare(`INSERT INTO routeUsage (document, gatewayId, environment, route, day) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET document = excluded.document`)
  const from = db.prepare('SELECT document FROM routeUsage WHERE gatewayId = ? AND environment = ? AND route > ? AND day >= ? ORDER BY route, day')
  const forget = db.prepare('DELETE FROM routeUsage WHERE rowid IN (SELECT rowid FROM routeUsage WHERE day < ? LIMIT ?)')
  return {
    add: use => {
      const key = [use.gatewayId, use.environment, routeKey(use), dayOf(use.lastAt)] as const
      const there = select.get(...key)
      const known = there === undefined ? [] : [parse(there.document) as RouteUsage]
      upsert.run(JSON.stringify([...known, toUsage(use)].reduce(joinUsage)), ...key)
    },
    list: ({ gatewayId, environment }, since, { limit, after }) => {
      const page = openRoutePage(since, limit)
      for (const { document } of from.iterate(gatewayId, environment, after ?? '', dayOf(since))) {
        const full = page.add(parse(document) as RouteUsage)
        if (full !== null) return full
      }
      return page.end()
    },
    forget: (beforeDay, limit) => Number(forget.run(beforeDay, limit).changes)
  }
}
