import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import type { ReplicaReader } from '../replica/replica.ts'
import { refuse } from './errors.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/** What an operator may want to know of a worker beside that it runs. */
export type Condition = Record<string, Record<string, number | boolean>>

export interface HealthSources {
  replica: Pick<ReplicaReader, 'revision'>
  /** For `/healthz?verbose`. */
  condition: () => Condition
  trouble: () => DataPlaneTrouble | null
  /** The certificates that are to be shown cannot be used. */
  hasListenerTrouble: () => boolean
}

/**
 * `/healthz` (`?verbose` for numbers of this worker) and `/readyz`, on hosts that are no gateway's: an address, or `localhost`, as load balancers and orchestrators ask.
 * What cannot take changes is ready nevertheless: it serves, and sending its requests elsewhere would help nobody who has the same trouble.
 * Says whether it has answered.
 */
export function answerHealth (request: EdgeRequest, reply: EdgeReply, { replica, condition, trouble, hasListenerTrouble }: HealthSources): boolean {
  const { method } = request.raw
  if (method !== 'GET' && method !== 'HEAD') return false
  switch (request.exchange.target.path) {
    case '/healthz':
      reply.type('application/json').send(request.exchange.target.query === 'verbose' ? JSON.stringify({ status: 'ok', ...condition() }) : '{"status":"ok"}')
      return true
    case '/readyz':
      if (replica.revision() === 0) refuse(request, reply, 'not_ready', { detail: 'Nothing has been received from the control plane yet.' })
      else reply.type('application/json').send(describe(trouble(), hasListenerTrouble()))
      return true
    default:
      return false
  }
}

function describe (trouble: DataPlaneTrouble | null, hasListenerTrouble: boolean): string {
  return JSON.stringify({ status: 'ready', ...(trouble !== null && { trouble }), ...(hasListenerTrouble && { certificates: 'unusable' }) })
}
