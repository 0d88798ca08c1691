import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Meeting } from '../cache/answer-cache.ts'
import { note } from '../explain/note.ts'
import { sendAnswer } from './answer.ts'
import { refuse } from './errors.ts'
import type { Edge } from './stage.ts'
import { upgradeOf } from './upgrades.ts'

/** Answers with what is kept, or lets the request through to its function or upstream with its part in the cache. */
export function caching (app: FastifyInstance, edge: Edge): void {
  app.addHook('onRequest', (request, reply, next) => {
    if (request.exchange.layer!.policies.cache === null || upgradeOf(request.raw) !== null) return next()
    request.exchange.stage = 'cache'
    const meeting = edge.answers.meet(request, null)
    if (meeting.kind === 'wait') return wait(request, reply, meeting, edge)
    if (carryOut(request, reply, meeting, edge)) next()
  })
}

/** Fastify goes on afterwards, unless there has been an answer. */
async function wait (request: FastifyRequest, reply: FastifyReply, first: Meeting, edge: Edge): Promise<void> {
  const load = edge.admission.begin(request.exchange.environment!.gatewayId)
  let meeting = first
  try {
    while (meeting.kind === 'wait') {
      const landing = await meeting.flight.landed
      if (reply.raw.destroyed) return void reply.hijack()
      meeting = edge.answers.meet(request, landing)
    }
  } finally {
    edge.admission.end(load)
  }
  carryOut(request, reply, meeting, edge)
}

/** @returns whether the request goes on */
function carryOut (request: FastifyRequest, reply: FastifyReply, meeting: Exclude<Meeting, { kind: 'wait' }>, { admission, ask }: Edge): boolean {
  switch (meeting.kind) {
    case 'nothing':
      refuse(request, reply, 'not_kept')
      return false
    case 'ask': {
      const { turn } = meeting
      request.exchange.turn = turn
      note(request.exchange, 'cache', 'passed', turn.why)
      // Whoever waits for it must not wait in vain.
      reply.raw.once('close', () => turn.abandon())
      return true
    }
    case 'answer':
      note(request.exchange, 'cache', 'answered', meeting.refresh === null ? 'kept' : 'stale')
      sendAnswer(request, reply, meeting.answer, admission)
      if (meeting.refresh !== null) {
        // What becomes of that is nothing of this request.
        request.exchange.trace?.stop()
        request.exchange.turn = meeting.refresh
        ask(request, reply)
      }
      return false
  }
}
