import type { FieldError } from '../../errors.ts'
import { changeAnswer, compileChanges } from '../headers/policy.ts'
import type { AnswerHead, PolicyModule } from '../policy.ts'
import type { ResponseRewriteSettings } from './schema.ts'

export const responseRewrite: PolicyModule<ResponseRewriteSettings> = {
  // Before `headers`, which has the last word.
  priority: 50,
  check: ({ rules }, pointer) => rules.flatMap(({ status, body }, index): FieldError[] => [
    ...(status !== undefined && isBodiless(status) ? [{ pointer: `${pointer}/rules/${index}/status`, detail: 'must be one that has a body' }] : []),
    ...(body !== undefined && Buffer.byteLength(JSON.stringify(body)) > maxBodyBytes ? [{ pointer: `${pointer}/rules/${index}/body`, detail: `must have at most ${maxBodyBytes} bytes as JSON` }] : [])
  ]),
  compile: ({ rules }) => {
    const compiled = rules.map(compileRule)
    return { answer: head => compiled.find(({ fits }) => fits(head))?.change(head) }
  }
}

const maxBodyBytes = 16 * 1024

interface Rule {
  fits: (head: AnswerHead) => boolean
  change: (head: AnswerHead) => void
}

function compileRule ({ when = {}, status, headers, body }: ResponseRewriteSettings['rules'][number]): Rule {
  const statuses = when.statuses && new Set(when.statuses)
  const codes = when.codes && new Set(when.codes)
  const changeHeaders = headers === undefined ? null : changeAnswer(compileChanges(headers))
  const isText = typeof body === 'string'
  const text = isText ? body : JSON.stringify(body)
  return {
    fits: head => (statuses?.has(head.status) ?? true) && (codes === undefined || (head.code !== null && codes.has(head.code))),
    change: head => {
      if (body !== undefined && head.code !== null) {
        head.setBody(text)
        head.set('content-type', isText ? 'text/plain; charset=utf-8' : 'application/json')
      }
      changeHeaders?.(head)
      if (status !== undefined && !isBodiless(head.status)) head.setStatus(status)
    }
  }
}

function isBodiless (status: number): boolean {
  return status === 204 || status === 205 || status === 304
}
