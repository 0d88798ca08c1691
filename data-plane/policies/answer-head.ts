import type { ProblemCode } from '#shared/errors.ts'
import type { AnswerHead } from '#shared/policies/policy.ts'
import { showTrace } from '../explain/debug.ts'
import { isReserved } from '../edge/headers.ts'
import { shownRequest } from './shown-request.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** Before an answer is sent that was made here. @returns what is sent in the place of the document of a problem; `null`: nothing */
export function finishReply (request: EdgeRequest, reply: EdgeReply, code: ProblemCode | null = null): string | null {
  const body = hasSteps(request) ? finish(request, headOf(reply, code)).body : null
  if (request.exchange.debugging !== null) showTrace(request, fieldsOf(reply))
  return body
}

/** What policies may see and change of an answer that is made here. */
export function headOf (reply: EdgeReply, code: ProblemCode | null = null): ChangingHead {
  return new ChangingHead(reply.statusCode, code, fieldsOf(reply))
}

function fieldsOf (reply: EdgeReply): Fields {
  return {
    get: name => reply.getHeader(name),
    set: (name, value) => void reply.header(name, value),
    remove: name => void reply.removeHeader(name),
    setStatus: status => void reply.code(status)
  }
}

/** Before an answer is sent on that comes from an upstream. @param list names and values in turn, changed in place @returns the status to be sent */
export function finishFields (request: EdgeRequest, status: number, list: string[]): number {
  if (!hasSteps(request) && request.exchange.debugging === null) return status
  const remove = (name: string): void => {
    for (let at = list.length - 2; at >= 0; at -= 2) if (list[at] === name) list.splice(at, 2)
  }
  const fields: Fields = {
    get: name => {
      const values = list.filter((_, index) => index % 2 === 1 && list[index - 1] === name)
      return values.length === 0 ? undefined : values.join(', ')
    },
    set: (name, value) => {
      remove(name)
      list.push(name, value)
    },
    remove,
    // The caller writes it.
    setStatus: () => undefined
  }
  const shown = hasSteps(request) ? finish(request, new ChangingHead(status, null, fields)).status : status
  if (request.exchange.debugging !== null) showTrace(request, fields)
  return shown
}

function hasSteps ({ exchange: { layer } }: EdgeRequest): boolean {
  return layer !== null && layer.policies.answer.length > 0
}

function finish (request: EdgeRequest, head: ChangingHead): ChangingHead {
  for (const step of request.exchange.layer!.policies.answer) step(head, shownRequest(request))
  return head
}

type Fields = Pick<AnswerHead, 'get' | 'set' | 'remove' | 'setStatus'>

/** What the gateway says of itself is not theirs to change. */
class ChangingHead implements AnswerHead {
  status: number
  readonly code: ProblemCode | null
  /** In the place of the document of a problem. */
  body: string | null = null
  readonly get: AnswerHead['get']
  readonly set: AnswerHead['set']
  readonly remove: AnswerHead['remove']
  readonly setStatus: AnswerHead['setStatus']

  constructor (status: number, code: ProblemCode | null, fields: Fields) {
    this.status = status
    this.code = code
    this.get = fields.get
    this.set = (name, value) => {
      if (!isReserved(name)) fields.set(name, value)
    }
    this.remove = name => {
      if (!isReserved(name)) fields.remove(name)
    }
    this.setStatus = next => {
      this.status = next
      fields.setStatus(next)
    }
  }

  setBody (body: string): void {
    if (this.code !== null) this.body = body
  }
}
