import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReplicaReader } from '../replica/replica.ts'
import { refuse } from './errors.ts'

/** What an operator may want to know of a worker beside that it runs. */
export type Condition = Record<string, Record<string, number | boolean>>

/**
 * `/healthz` (`?verbose` for numbers of this worker) and `/readyz`, on hosts that are no gateway's: an address, or `localhost`, as load balancers and orchestrators ask.
 * Says whether it has answered.
 */
export function answerHealth (request: FastifyRequest, reply: FastifyReply, { replica, condition }: { replica: ReplicaReader, condition: () => Condition }): boolean {
  const { method } = request.raw
  if (method !== 'GET' && method !== 'HEAD') return false
  switch (request.exchange.target.path) {
    case '/healthz':
      reply.type('application/json').send(request.exchange.target.query === 'verbose' ? JSON.stringify({ status: 'ok', ...condition() }) : '{"status":"ok"}')
      return true
    case '/readyz':
      if (replica.revision() === 0) refuse(request, reply, 'not_ready', { detail: 'Nothing has been received from the control plane yet.' })
      else reply.type('application/json').send('{"status":"ready"}')
      return true
    default:
      return false
  }
}
