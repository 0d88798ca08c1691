import { maxUsageClients, type RouteUse } from '#shared/usage.ts'
import type { RouteUsage } from '../records.ts'
import type { Page } from '../store.ts'

/** UTC. */
export function dayOf (time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** In the order of paths, none of which has a number sign. */
export function routeKey ({ path, method, functionName }: Pick<RouteUsage, 'path' | 'method' | 'functionName'>): string {
  return `${path}#${method}#${functionName}`
}

export function toUsage ({ functionName, method, path, requests, lastAt, clients, moreClients }: RouteUse): RouteUsage {
  return { functionName, method, path, requests, lastUsedAt: new Date(lastAt).toISOString(), clients: [...clients].sort(), moreClients }
}

export function joinUsage (a: RouteUsage, b: RouteUsage): RouteUsage {
  const clients = [...new Set([...a.clients, ...b.clients])]
  return {
    ...a,
    requests: a.requests + b.requests,
    lastUsedAt: a.lastUsedAt > b.lastUsedAt ? a.lastUsedAt : b.lastUsedAt,
    clients: clients.slice(0, maxUsageClients).sort(),
    moreClients: a.moreClients || b.moreClients || clients.length > maxUsageClients
  }
}

/** A page that is made of the days of routes, in the order of the routes. */
export interface RoutePage {
  /** The page, as soon as it is full. */
  add: (day: RouteUsage) => Page<RouteUsage> | null
  /** The page, where there are no more days. */
  end: () => Page<RouteUsage>
}

export function openRoutePage (since: number, limit: number): RoutePage {
  const sinceText = new Date(since).toISOString()
  const items: RouteUsage[] = []
  let last: RouteUsage | null = null
  /** It is full when there is one more, so that the last one says that it is the last. */
  const close = (usage: RouteUsage): Page<RouteUsage> | null => {
    if (usage.lastUsedAt < sinceText) return null
    if (items.length === limit) return { items, next: routeKey(items.at(-1)!) }
    items.push(usage)
    return null
  }
  return {
    add: day => {
      if (last !== null && routeKey(last) === routeKey(day)) {
        last = joinUsage(last, day)
        return null
      }
      const full = last === null ? null : close(last)
      last = day
      return full
    },
    end: () => (last === null ? null : close(last)) ?? { items, next: null }
  }
}
