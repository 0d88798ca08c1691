import { note } from '../explain/note.ts'
import { isAllowed, isPreflight } from '../policies/cors.ts'
import type { Edge, Step } from './stage.ts'

/** Answers preflights, and says which pages may read what is answered. */
export function cors ({ answerCors }: Edge): Step {
  return (request, reply) => {
    const { exchange } = request
    const { cors } = exchange.environment!
    if (cors === null) return true
    exchange.stage = 'cors'
    const isPreflightRequest = isPreflight(request)
    if (isPreflightRequest) note(exchange, 'cors', 'answered', isAllowed(cors, request) ? 'preflight' : 'origin_not_allowed')
    if (!answerCors(cors, request, reply)) return false
    if (isPreflightRequest) {
      // The plugin has answered those that it allows; one from another origin learns nothing but that.
      reply.code(204).send()
      return false
    }
    note(exchange, 'cors', 'passed', reply.hasHeader('access-control-allow-origin') ? null : 'origin_not_allowed')
    return true
  }
}
