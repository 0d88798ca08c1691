import type { IncomingHttpHeaders } from 'node:http'
import { costHeader, readCost } from './cost.ts'
import type { LimitVerdict } from './limit-count.ts'
import { joined } from './limits.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** A function may say what the request has cost: limits count that, and the answer says what is left then. */
export function settleFunctionCost (request: EdgeRequest, reply: EdgeReply, headers: ReadonlyArray<readonly [name: string, value: string]>): void {
  const { limited, quota } = request.exchange
  if (limited === null && quota === null) return
  const said = headers.find(([name]) => name.toLowerCase() === costHeader)
  if (said !== undefined) settle(request, reply, said[1], true, true)
}

/** An upstream may where the owner says so. */
export function settleUpstreamCost (request: EdgeRequest, reply: EdgeReply, headers: IncomingHttpHeaders): void {
  const said = headers[costHeader]
  if (said === undefined) return
  const limits = request.exchange.layer?.limits
  settle(request, reply, String(said), limits?.limit?.upstreamCost === true, limits?.quota?.upstreamCost === true)
}

function settle ({ exchange }: EdgeRequest, reply: EdgeReply, said: string, forLimit: boolean, forQuota: boolean): void {
  const cost = readCost(said)
  if (cost === null) return
  const { roomLeft, limited, quota } = exchange
  const left = joined(roomLeft, settled(limited, cost, forLimit), settled(quota, cost, forQuota))
  if (left !== null) reply.header('ratelimit', left)
}

function settled (verdict: LimitVerdict | null, cost: number, isHeard: boolean): string | null {
  if (verdict === null) return null
  return isHeard ? verdict.settle(cost) : verdict.header
}
