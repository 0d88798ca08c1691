import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AnswerHead } from '#shared/policies/policy.ts'
import { showTrace } from '../explain/debug.ts'
import { isReserved } from '../edge/headers.ts'
import { shownRequest } from './shown-request.ts'

/** Before an answer is sent that was made here. */
export function finishReply (request: FastifyRequest, reply: FastifyReply): void {
  if (hasSteps(request)) finish(request, headOf(reply))
  if (request.exchange.debugging !== null) showTrace(request, ownHeadOf(reply))
}

/** What policies may see and change of an answer that is made here. */
export function headOf (reply: FastifyReply): AnswerHead {
  return guard(ownHeadOf(reply))
}

function ownHeadOf (reply: FastifyReply): AnswerHead {
  return {
    status: reply.statusCode,
    get: name => {
      const value = reply.getHeader(name)
      return value === undefined ? undefined : String(value)
    },
    set: (name, value) => void reply.header(name, value),
    remove: name => void reply.removeHeader(name)
  }
}

/** Before an answer is sent on that comes from an upstream. @param fields names and values in turn, changed in place */
export function finishFields (request: FastifyRequest, status: number, fields: string[]): void {
  if (!hasSteps(request) && request.exchange.debugging === null) return
  const remove = (name: string): void => {
    for (let at = fields.length - 2; at >= 0; at -= 2) if (fields[at] === name) fields.splice(at, 2)
  }
  const head: AnswerHead = {
    status,
    get: name => {
      const values = fields.filter((_, index) => index % 2 === 1 && fields[index - 1] === name)
      return values.length === 0 ? undefined : values.join(', ')
    },
    set: (name, value) => {
      remove(name)
      fields.push(name, value)
    },
    remove
  }
  if (hasSteps(request)) finish(request, guard(head))
  if (request.exchange.debugging !== null) showTrace(request, head)
}

function hasSteps ({ exchange: { layer } }: FastifyRequest): boolean {
  return layer !== null && layer.policies.answer.length > 0
}

function finish (request: FastifyRequest, head: AnswerHead): void {
  for (const step of request.exchange.layer!.policies.answer) step(head, shownRequest(request))
}

/** What the gateway says of itself is not theirs to change. */
function guard (head: AnswerHead): AnswerHead {
  return {
    ...head,
    set: (name, value) => {
      if (!isReserved(name)) head.set(name, value)
    },
    remove: name => {
      if (!isReserved(name)) head.remove(name)
    }
  }
}
