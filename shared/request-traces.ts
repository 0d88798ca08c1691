/** What a request may meet, in the order in which it does. What is new among the stages gets its line here, at its place. */
export const traceStages = [
  'host', 'cors', 'overload', 'path', 'admission', 'authentication', 'canary', 'limits', 'route', 'meeting', 'body', 'inspection', 'function', 'upstream', 'answer'
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
  stages: TraceStep[]
}
