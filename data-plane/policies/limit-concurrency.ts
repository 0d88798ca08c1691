import type { LimitConcurrencyConfig } from '#shared/policies/limit-concurrency/schema.ts'
import type { Concurrency } from '../limits/concurrency.ts'
import { compileSubject, needsRoute } from './subject.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'

export interface CompiledConcurrency {
  readonly needsRoute: boolean
  readonly policyHeader: string
  /** Lets the request in until its answer has been sent to its end, or nobody is there to take it. */
  readonly enter: (request: EdgeRequest, reply: EdgeReply) => Promise<ConcurrencyVerdict>
}

export interface ConcurrencyVerdict {
  readonly exceeded: boolean
  readonly header: string
}

export type ConcurrencyCompiler = (place: string, config: LimitConcurrencyConfig) => CompiledConcurrency

export function createConcurrencyCompiler (concurrency: Concurrency): ConcurrencyCompiler {
  return (place, { count: max, by = 'client' }) => {
    const subject = compileSubject(by)
    return {
      needsRoute: needsRoute(by),
      policyHeader: `"limit-concurrency";q=${max};qu="concurrent-requests"`,
      enter: async (request, { raw }) => {
        const { leave, count } = await concurrency.enter(`${place}/${subject(request)}`, max)
        if (leave !== null) {
          // It may be gone by now, and says so once.
          if (raw.closed) leave()
          else raw.once('close', leave)
        }
        return { exceeded: leave === null, header: `"limit-concurrency";r=${Math.max(0, max - count)}` }
      }
    }
  }
}
