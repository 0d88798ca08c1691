import type { FastifyInstance } from 'fastify'
import { note } from '../explain/note.ts'
import { createCorsHook, isAllowed, isPreflight } from '../policies/cors.ts'

/** The stage that answers preflights, and says which pages may read what is answered. */
export function cors (app: FastifyInstance): void {
  const answerCors = createCorsHook(app)
  app.addHook('onRequest', function (request, reply, next) {
    const { exchange } = request
    if (exchange.environment!.cors === null) return next()
    exchange.stage = 'cors'
    if (isPreflight(request)) note(exchange, 'cors', 'answered', isAllowed(exchange.environment!.cors, request) ? 'preflight' : 'origin_not_allowed')
    answerCors.call(app, request, reply, next)
  })
  app.addHook('onRequest', (request, reply, next) => {
    // The plugin has answered the preflights that it allows; one from another origin learns nothing but that.
    const { exchange } = request
    if (exchange.environment!.cors === null) return next()
    if (isPreflight(request)) return void reply.code(204).send()
    note(exchange, 'cors', 'passed', reply.hasHeader('access-control-allow-origin') ? null : 'origin_not_allowed')
    next()
  })
}
