/** What a request may meet, in the order in which it does. What is new among the stages gets its line here, at its place. */
export const traceStages = [
  'host', 'cors', 'overload', 'path', 'admission', 'authentication', 'canary', 'limits', 'route', 'meeting', 'cache', 'body', 'inspection', 'function', 'upstream', 'answer'
] as const

export type TraceStage = typeof traceStages[number]

/**
 * `passed`: the request went on. `answered`: it has got its answer there. `refused`: it has got a problem. `failed`: it had gone to a function or an
 * upstream, or its answer had begun, and nothing good came of it. `left`: its client did not wait.
 */
export type TraceDecision = 'passed' | 'answered' | 'refused' | 'failed' | 'left'

/** What a decision rests on: names and numbers, no secret, nothing of a body and no header's value. */
export type TraceDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** One that decides nothing is left out; one that decides by itself and has noted nothing has let the request pass. */
export interface TraceStep {
  stage: TraceStage
  decision: TraceDecision
  /** A word of the stage's own, such as `preflight` or `not_set`, or the code of the problem; `null`: there is nothing to be said. */
  reason: string | null
  /** Milliseconds after the request began at which it was decided; `null`: it was not looked at the clock for it. */
  atMs: number | null
  /** Since the decision before. */
  durationMs: number | null
  details: TraceDetails | null
}

/** What one request has met, as an edge worker has kept it. */
export interface RequestTrace {
  requestId: string
  /** Milliseconds since the epoch at which it began. */
  at: number
  method: string
  /** As it was sent, without its query; cut where it is long. */
  path: string
  host: string
  status: number
  /** Of the problem it was answered with, or `client_closed`. */
  code: string | null
  durationMs: number
  /** Until the head of the function's or the upstream's answer; 0 where none was asked. */
  functionMs: number
  bodyBytes: number
  /** Of the configuration that it met. */
  revision: number
  release: number | null
  worker: number
  client: { id: string, name: string } | null
  apiKeyId: string | null
  /** `path`: its pattern. `upstream`: the name of the one that it goes to. */
  route: { functionName: string, versionId: string, path: string, upstream: string | null } | null
  /** To ask the upstream, each with the target's URL and what came of it: its status, or what went wrong. */
  attempts: Array<{ target: string, status: number | null, code: string | null, ms: number }>
  stages: TraceStep[]
}

/**
 * What a control plane asks of the data planes that follow it, of traces that are in the memory of their edge workers and nowhere else. The question
 * comes down the feed; the answer is told by
 *
 *     POST /v1/data-plane/request-traces/<id of the question>
 */
export interface TraceQuestion {
  gatewayId: string
  environment: string
  /** `null`: any that fits the filter. */
  requestId: string | null
  filter: TraceFilter
}

/** `null`: whatever it is. */
export interface TraceFilter {
  /** `404`, or `4xx` for all of its kind. */
  status: string | null
  /** Its id. */
  client: string | null
  /** The whole of it; with a `*` at the end what begins so. */
  path: string | null
  /** So many of the newest. */
  limit: number
}

export interface TraceAnswer {
  /** The newest first. Where one was asked for, with its stages; in lists without. */
  found: RequestTrace[]
  /** The request had its id here, and either its trace is not kept any more or it was another environment's. */
  isForgotten: boolean
  /** Edge workers that were asked and did not answer. */
  silentWorkers: number
}

export const maxListedTraces = 100

/** Matter of the uplink. */
export const tracesMatter = '/request-traces'
/** Header with which a data plane that follows the feed says that it can be asked. */
export const answersHeader = 'x-imprun-answers'
export const answersTraces = 'request-traces'
