import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { costHeader, readCost } from './cost.ts'

/** A function may say what the request has cost: limits count that, and the answer says what is left then. */
export function settleFunctionCost (request: FastifyRequest, reply: FastifyReply, headers: ReadonlyArray<readonly [name: string, value: string]>): void {
  if (request.exchange.limited === null) return
  const said = headers.find(([name]) => name.toLowerCase() === costHeader)
  if (said !== undefined) settle(request, reply, said[1])
}

/** An upstream may where the owner says so. */
export function settleUpstreamCost (request: FastifyRequest, reply: FastifyReply, headers: IncomingHttpHeaders): void {
  const said = headers[costHeader]
  if (said === undefined || request.exchange.limited === null) return
  if (request.exchange.layer!.limit!.upstreamCost) settle(request, reply, String(said))
}

function settle ({ exchange }: FastifyRequest, reply: FastifyReply, said: string): void {
  const cost = readCost(said)
  if (cost !== null) reply.header('ratelimit', exchange.limited!.settle(cost))
}
