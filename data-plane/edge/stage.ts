import type { IncomingMessage } from 'node:http'
import type { ConnectionGuard } from '#shared/connections/guard.ts'
import type { AnswerCache } from '../cache/answer-cache.ts'
import type { DebugTokens } from '../explain/debug.ts'
import type { TraceStore } from '../explain/trace-store.ts'
import type { HotCache } from '../hot-cache.ts'
import type { Admission } from '../overload/admission.ts'
import type { ReplicaReader } from '../replica/replica.ts'
import type { Forward } from '../upstream/forward.ts'
import type { Lifecycle } from './drain.ts'
import type { HealthSources } from './health.ts'
import type { Identification } from './identify.ts'
import type { AnswerCors } from '../policies/cors.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/** What the stages work with. */
export interface Edge extends Identification, HealthSources {
  hot: HotCache
  replica: ReplicaReader
  admission: Pick<Admission, 'admits' | 'begin' | 'end' | 'take' | 'giveBack'>
  connections: Pick<ConnectionGuard, 'isReserve'>
  lifecycle: Lifecycle
  /** Notes the request when its answer is sent or its client is gone. */
  follow: (request: EdgeRequest, reply: EdgeReply) => void
  answerCors: AnswerCors
  forward: Forward
  /** The function or the upstream of the matched route. */
  ask: Forward
  answers: AnswerCache
  /** Of the client. */
  addressOf: (request: IncomingMessage) => string
  debugTokens: DebugTokens
  /** `null`: nothing is kept for owners who ask what a request has met. */
  traces: TraceStore | null
}

/** Looks at a request. @returns whether it goes on: what does not has been answered, or will be. A promise only where something is waited for */
export type Step = (request: EdgeRequest, reply: EdgeReply) => boolean | Promise<boolean>

/** What a step is made from. */
export type Stage = (edge: Edge) => Step
