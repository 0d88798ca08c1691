import type { FastifyReply, FastifyRequest } from 'fastify'
import { pass, type PolicySteps } from '../policies/steps.ts'

/** Fastify waits for a promise, and goes on after it unless there has been an answer. */
export function goThrough (gate: PolicySteps['meet'], request: FastifyRequest, reply: FastifyReply, next: () => void): Promise<unknown> | void {
  const goesOn = gate.policies.length === 0 || pass(gate, request, reply)
  if (goesOn instanceof Promise) return goesOn
  if (goesOn) next()
}
