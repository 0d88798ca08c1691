import { traceStages, type RequestTrace, type TraceStage, type TraceStep } from '#shared/request-traces.ts'
import type { Note, Trace } from './trace.ts'

/** Look at each request and note nothing where it passes: to look at the clock for them would cost more than they do. */
const silent: ReadonlySet<TraceStage> = new Set(['host', 'overload', 'path', 'route'])
/** One of two, or only some requests have it. */
const optional: ReadonlySet<TraceStage> = new Set(['body', 'function', 'upstream', 'answer'])

/** @param worker number of the edge worker that has kept it */
export function describeTrace (trace: Trace, worker: number): RequestTrace {
  const { requestId, method, path, host, status, code, durationMs, functionMs, bodyBytes, revision, release, client, apiKeyId, functionName, versionId, routePath, upstream, attempts } = trace
  return {
    requestId,
    at: trace.endedAt - durationMs,
    method,
    path,
    host,
    status,
    code,
    durationMs: microseconds(durationMs),
    functionMs: microseconds(functionMs),
    bodyBytes,
    revision,
    release,
    worker,
    client: client === null ? null : { id: client.id, name: client.name },
    apiKeyId,
    route: functionName === null ? null : { functionName, versionId: versionId!, path: routePath!, upstream },
    attempts: (attempts ?? []).map(attempt => ({ ...attempt, ms: microseconds(attempt.ms) })),
    stages: describeNotes(trace.notes())
  }
}

/** With the stages that have noted nothing, as far as the request has come. */
export function describeNotes (notes: readonly Note[]): TraceStep[] {
  const furthest = Math.max(...notes.map(({ stage }) => traceStages.indexOf(stage)))
  const noted = new Set(notes.map(({ stage }) => stage))
  const unsaid = traceStages.filter((stage, index) => !noted.has(stage) && !optional.has(stage) && index < furthest)
  const steps = [...unsaid.map(passed), ...withDurations(notes)]
  return steps.sort((a, b) => traceStages.indexOf(a.stage) - traceStages.indexOf(b.stage))
}

function passed (stage: TraceStage): TraceStep {
  return { stage, decision: 'passed', reason: silent.has(stage) ? null : 'not_set', atMs: null, durationMs: null, details: null }
}

function withDurations (notes: readonly Note[]): TraceStep[] {
  return notes.map(({ stage, decision, reason, details, atMs }, index) =>
    ({ stage, decision, reason, atMs: microseconds(atMs), durationMs: microseconds(atMs - (notes[index - 1]?.atMs ?? 0)), details }))
}

/** As fine as the clock is. */
function microseconds (ms: number): number {
  return Math.round(ms * 1000) / 1000
}
