import { pass, type PolicySteps } from '../policies/steps.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/** @returns whether the request goes on */
export function goThrough (gate: PolicySteps['meet'], request: EdgeRequest, reply: EdgeReply): boolean | Promise<boolean> {
  return gate.policies.length === 0 || pass(gate, request, reply)
}
