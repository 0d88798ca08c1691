import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import type { AnswerChange } from './cache/changes.ts'
import type { Heard } from './freshness.ts'
import type { NonceUse, NonceVerdict } from './authentication/nonce-store.ts'
import type { Correction, Spend, Taken, WindowCount } from './limits/counter.ts'
import type { WorkerTraces } from './explain/explain.ts'
import type { SandboxNews, SandboxPlacement } from './functions/placement.ts'
import type { QuotaCorrection, QuotaSpend, QuotaTaken } from './quotas/quotas.ts'
import type { ReplicaChange } from './replica/replica.ts'
import type { UpstreamPlace } from './upstream/active-checks.ts'
import type { ProblemCode } from '#shared/errors.ts'
import type { Invocation, InvocationResult } from '#shared/invocations.ts'
import type { TraceQuestion } from '#shared/request-traces.ts'
import type { ScheduledCall } from '#shared/schedules.ts'

/** What the supervisor tells an edge worker. Everything is sent after the worker's `hello`, in order: `BeginMessage` alone comes before. */
export type SupervisorMessage =
  /** Where functions run, and why that has changed. Each placement replaces the one before. */
  | { type: 'sandboxes', placement: SandboxPlacement, news: SandboxNews | null }
  /** A commit of the replica: forget what it touched, then answer `applied`. */
  | { type: 'changed', change: ReplicaChange }
  /** When the control plane was last heard of. */
  | { type: 'heard', heard: Heard }
  /** What keeps the replica from being written; `null`: nothing any more. */
  | { type: 'trouble', trouble: DataPlaneTrouble | null }
  /** Somebody else writes the replica, and nothing of it is told: look by yourself whether it has changed. Or no longer. */
  | { type: 'watch', isOn: boolean }
  /** In base64: see `createTicketKeys`. */
  | { type: 'ticket-keys', keys: string }
  /** Stop accepting, finish what is in flight, exit. What has not ended shortly before `deadlineMs` is cut off. */
  | { type: 'drain', deadlineMs: number }
  /** Something to be run once. Answered with `done`, unless the worker ends before. */
  | { type: 'order', id: number, order: Order }
  /** Which targets of an upstream do not answer as they should; none: all do, or nobody looks. */
  | { type: 'targets-down', key: string, urls: string[] }
  | AnswersChangedMessage
  | CountsMessage
  | TakenMessage
  | EnteredMessage
  | QuotaTakenMessage
  | NoncesUsedMessage

/** Told before all else, once there is a replica to serve from: the answer to `loaded`. */
export interface BeginMessage {
  type: 'begin'
}

/** What an edge worker tells the supervisor. */
export type WorkerMessage =
  /** Its program is loaded: it waits for `begin`. */
  | { type: 'loaded' }
  /** The worker hears messages from now on, and opens the replica only after it: so it can miss no change. */
  | { type: 'hello' }
  /** It accepts requests. */
  | { type: 'ready', port: number }
  /** It will never accept requests: the address cannot be listened on. `code` is the system's, such as `EADDRINUSE`. */
  | { type: 'listen-failed', code: string }
  /** Nothing older than this revision is served any more. */
  | { type: 'applied', revision: number }
  /** A call waits for the sandbox in this slot, and there is none. */
  | { type: 'sandbox-wanted', slot: number }
  | { type: 'done', id: number, outcome: OrderOutcome }
  /** Something in the replica is not what was written. `generation`: which file it was, as the system knows it. */
  | { type: 'replica-damaged', generation: string | null }
  /** Why limits cannot be counted together with other machines; `null`: they are. */
  | { type: 'limits', away: string | null }
  /** Requests go to an upstream whose targets want to be checked. */
  | { type: 'upstream-used', place: UpstreamPlace }
  | AnswersChangedMessage
  | HitsMessage
  | TakesMessage
  | CorrectionsMessage
  | EntersMessage
  | LeavesMessage
  | QuotaSpendsMessage
  | QuotaCorrectionsMessage
  | NoncesMessage

/** What an edge worker is told to run, and what came of it. */
export type Order =
  | { kind: 'invocation', invocation: Invocation }
  | { kind: 'scheduled', run: ScheduledRun }
  | { kind: 'question', question: TraceQuestion }
export type OrderOutcome =
  | { kind: 'invocation', result: InvocationResult }
  | { kind: 'scheduled', result: ScheduledOutcome }
  | { kind: 'question', result: WorkerTraces }

/** A function is to be run because it is time, in the version that the environment serves now. */
export interface ScheduledRun {
  gatewayId: string
  environment: string
  functionName: string
  call: ScheduledCall
}

export interface ScheduledOutcome {
  requestId: string | null
  /** Milliseconds since the epoch. */
  startedAt: number
  durationMs: number
  responseStatus: number | null
  errorCode: ProblemCode | null
}

/** What is kept of these is not to be met any more. From a worker to all others. */
export interface AnswersChangedMessage {
  type: 'answers-changed'
  changes: AnswerChange[]
}

/** The hits of one turn of the worker's event loop. */
export interface HitsMessage {
  type: 'hits'
  /** Given by the worker, returned with the counts. */
  id: number
  batch: Array<[key: string, windowMs: number]>
}

/** The answer: one count for each hit, in the same order. */
export interface CountsMessage {
  type: 'counts'
  id: number
  batch: readonly WindowCount[]
}

/** What requests of one turn want to spend. */
export interface TakesMessage {
  type: 'takes'
  id: number
  batch: Array<readonly Spend[]>
}

/** The answer, in the same order. */
export interface TakenMessage {
  type: 'taken'
  id: number
  batch: readonly Taken[]
}

/** Not answered. */
export interface CorrectionsMessage {
  type: 'corrections'
  batch: readonly Correction[]
}

/** Requests of one turn that want to be among those under way. */
export interface EntersMessage {
  type: 'enters'
  id: number
  batch: Array<[key: string, max: number]>
}

/** The answer, in the same order. */
export interface EnteredMessage {
  type: 'entered'
  id: number
  batch: ReadonlyArray<{ key: string, isIn: boolean, count: number }>
}

/** They are over; not answered. */
export interface LeavesMessage {
  type: 'leaves'
  keys: string[]
}

export interface QuotaSpendsMessage {
  type: 'quota-spends'
  id: number
  batch: Array<readonly QuotaSpend[]>
}

/** The answer, in the same order. */
export interface QuotaTakenMessage {
  type: 'quota-taken'
  id: number
  batch: ReadonlyArray<QuotaTaken | null>
}

/** Not answered. */
export interface QuotaCorrectionsMessage {
  type: 'quota-corrections'
  batch: QuotaCorrection[]
}

/** Of the signatures of one turn. */
export interface NoncesMessage {
  type: 'nonces'
  id: number
  batch: NonceUse[]
}

/** The answer, in the same order. */
export interface NoncesUsedMessage {
  type: 'nonces-used'
  id: number
  batch: readonly NonceVerdict[]
}
