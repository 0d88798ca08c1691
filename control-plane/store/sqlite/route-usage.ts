import type { DatabaseSync } from 'node:sqlite'
import { maxUsageClients, type RouteUse } from '#shared/usage.ts'
import type { RouteUsage } from '../documents.ts'
import type { EnvironmentRef, Page, PageRequest } from '../store.ts'
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
      upsert.run(JSON.stringify([...known, toUsage(use)].reduce(join)), ...key)
    },
    list: ({ gatewayId, environment }, since, { limit, after }) => {
      const sinceText = new Date(since).toISOString()
      const items: RouteUsage[] = []
      for (const usage of joinDays(from.iterate(gatewayId, environment, after ?? '', dayOf(since)))) {
        if (usage.lastUsedAt < sinceText) continue
        if (items.length === limit) return { items, next: routeKey(items.at(-1)!) }
        items.push(usage)
      }
      return { items, next: null }
    },
    forget: (beforeDay, limit) => Number(forget.run(beforeDay, limit).changes)
  }
}

/** UTC. */
export function dayOf (time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** In the order of paths, none of which has a number sign. */
function routeKey ({ path, method, functionName }: Pick<RouteUsage, 'path' | 'method' | 'functionName'>): string {
  return `${path}#${method}#${functionName}`
}

function toUsage ({ functionName, method, path, requests, lastAt, clients, moreClients }: RouteUse): RouteUsage {
  return { functionName, method, path, requests, lastUsedAt: new Date(lastAt).toISOString(), clients: [...clients].sort(), moreClients }
}

function join (a: RouteUsage, b: RouteUsage): RouteUsage {
  const clients = [...new Set([...a.clients, ...b.clients])]
  return {
    ...a,
    requests: a.requests + b.requests,
    lastUsedAt: a.lastUsedAt > b.lastUsedAt ? a.lastUsedAt : b.lastUsedAt,
    clients: clients.slice(0, maxUsageClients).sort(),
    moreClients: a.moreClients || b.moreClients || clients.length > maxUsageClients
  }
}

/** Rows of one route follow each other. */
function * joinDays (rows: Iterable<Record<string, unknown>>): Generator<RouteUsage> {
  let last: RouteUsage | null = null
  for (const { document } of rows) {
    const usage = parse(document) as RouteUsage
    if (last === null || routeKey(last) === routeKey(usage)) {
      last = last === null ? usage : join(last, usage)
      continue
    }
    yield last
    last = usage
  }
  if (last !== null) yield last
}
