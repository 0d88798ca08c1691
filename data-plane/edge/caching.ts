import type { Meeting } from '../cache/answer-cache.ts'
import { note } from '../explain/note.ts'
import { sendAnswer } from './answer.ts'
import { refuse } from './errors.ts'
import type { Edge, Step } from './stage.ts'
import { upgradeOf } from './upgrades.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/** Answers with what is kept, or lets the request through to its function or upstream with its part in the cache. */
export function caching (edge: Edge): Step {
  return (request, reply) => {
    if (request.exchange.layer!.policies.cache === null || upgradeOf(request.raw) !== null) return true
    request.exchange.stage = 'cache'
    const meeting = edge.answers.meet(request, null)
    return meeting.kind === 'wait' ? wait(request, reply, meeting, edge) : carryOut(request, reply, meeting, edge)
  }
}

async function wait (request: EdgeRequest, reply: EdgeReply, first: Meeting, edge: Edge): Promise<boolean> {
  const load = edge.admission.begin(request.exchange.environment!.gatewayId)
  let meeting = first
  try {
    while (meeting.kind === 'wait') {
      const landing = await meeting.flight.landed
      if (reply.raw.destroyed) return false
      meeting = edge.answers.meet(request, landing)
    }
  } finally {
    edge.admission.end(load)
  }
  return carryOut(request, reply, meeting, edge)
}

/** @returns whether the request goes on */
function carryOut (request: EdgeRequest, reply: EdgeReply, meeting: Exclude<Meeting, { kind: 'wait' }>, { admission, ask }: Edge): boolean {
  switch (meeting.kind) {
    case 'nothing':
      return refuse(request, reply, 'not_kept')
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
