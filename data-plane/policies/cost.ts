import { maxCost } from '#shared/policies/costs.ts'
import type { EdgeRequest } from '../edge/request.ts'

export interface CostSettings {
  cost?: number | undefined
  costs?: Readonly<Record<string, number>> | undefined
}

/** What a request counts for before it has been answered. `null`: always 1. */
export type Cost = (request: EdgeRequest) => number

export function compileCost ({ cost = 1, costs }: CostSettings): Cost | null {
  if (costs === undefined) return cost === 1 ? null : () => cost
  const byRoute = new Map(Object.entries(costs))
  return ({ exchange: { match } }) => match ? byRoute.get(match.target.functionName) ?? cost : cost
}

/** Of a function's answer, and of an upstream's where the owner says so: what the request counts for. It goes no further. */
export const costHeader = 'x-imprun-cost'

/** `null`: it says nothing that can be counted. More than there can be is as much as there can be. */
export function readCost (value: string | undefined): number | null {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Math.min(maxCost, Number(value)) : null
}
