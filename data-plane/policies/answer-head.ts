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
  if (request.exchange.debugging !== null) showTrace(request, new ReplyFields(reply))
  return body
}

/** What policies may see and change of an answer that is made here. */
export function headOf (reply: EdgeReply, code: ProblemCode | null = null): ChangingHead {
  return new ChangingHead(reply.statusCode, code, new ReplyFields(reply))
}

/** Before an answer is sent on that comes from an upstream. @param list names and values in turn, changed in place @returns the status to be sent */
export function finishFields (request: EdgeRequest, status: number, list: string[]): number {
  if (!hasSteps(request) && request.exchange.debugging === null) return status
  const fields = new ListedFields(list)
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

class ReplyFields implements Fields {
  readonly #reply: EdgeReply

  constructor (reply: EdgeReply) {
    this.#reply = reply
  }

  get (name: string): string | undefined {
    return this.#reply.getHeader(name)
  }

  set (name: string, value: string): void {
    this.#reply.header(name, value)
  }

  remove (name: string): void {
    this.#reply.removeHeader(name)
  }

  setStatus (status: number): void {
    this.#reply.code(status)
  }
}

/** Names and values in turn; whoever has the list writes the status. */
class ListedFields implements Fields {
  readonly #list: string[]

  constructor (list: string[]) {
    this.#list = list
  }

  get (name: string): string | undefined {
    const list = this.#list
    const values = list.filter((_, index) => index % 2 === 1 && list[index - 1] === name)
    return values.length === 0 ? undefined : values.join(', ')
  }

  set (name: string, value: string): void {
    this.remove(name)
    this.#list.push(name, value)
  }

  remove (name: string): void {
    for (let at = this.#list.length - 2; at >= 0; at -= 2) if (this.#list[at] === name) this.#list.splice(at, 2)
  }

  setStatus (): void {}
}

/** What the gateway says of itself is not theirs to change. */
class ChangingHead implements AnswerHead {
  status: number
  readonly code: ProblemCode | null
  /** In the place of the document of a problem. */
  body: string | null = null
  readonly #fields: Fields

  constructor (status: number, code: ProblemCode | null, fields: Fields) {
    this.status = status
    this.code = code
    this.#fields = fields
  }

  get (name: string): string | undefined {
    return this.#fields.get(name)
  }

  set (name: string, value: string): void {
    if (!isReserved(name)) this.#fields.set(name, value)
  }

  remove (name: string): void {
    if (!isReserved(name)) this.#fields.remove(name)
  }

  setStatus (status: number): void {
    this.status = status
    this.#fields.setStatus(status)
  }

  setBody (body: string): void {
    if (this.code !== null) this.body = body
  }
}
