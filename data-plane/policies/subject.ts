import { hash } from 'node:crypto'
import { holderOf } from '#shared/connections/addresses.ts'
import type { CountedBy } from '#shared/policies/counted-by.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** Finds what a request is counted as. @returns a part of a key: no two subjects of one `by` have the same, and it is short */
export type Subject = (request: EdgeRequest) => string

export function compileSubject (by: CountedBy): Subject {
  if (typeof by === 'string') return request => `${by}/${encodeURIComponent(named(by, request))}`
  if ('header' in by) {
    const name = by.header.toLowerCase()
    return request => `header:${encodeURIComponent(name)}/${valueOf(request.raw.headers[name], request)}`
  }
  const { claim } = by
  return request => `claim:${encodeURIComponent(claim)}/${valueOf(request.exchange.claims?.[claim], request)}`
}

export function needsRoute (by: CountedBy): boolean {
  return by === 'route'
}

function named (by: Extract<CountedBy, string>, request: EdgeRequest): string {
  const { caller, match, address } = request.exchange
  switch (by) {
    case 'environment': return ''
    // Paths that no route answers share one counter: probing is limited too, and spends no route's budget.
    case 'route': return match ? match.target.functionName : ''
    case 'client': return caller === null ? holderOf(address) : caller.clientId
    case 'address': return holderOf(address)
  }
}

/** A value may be long, and may be secret: neither is for the keys of counters. Who leaves it out counts by address, and so is not without a limit. */
function valueOf (value: unknown, { exchange }: EdgeRequest): string {
  if (value === undefined || value === null || value === '') return `-${encodeURIComponent(holderOf(exchange.address))}`
  return hash('sha256', typeof value === 'string' ? value : JSON.stringify(value), 'base64url').slice(0, 22)
}
