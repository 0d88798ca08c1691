import { routeName } from '#shared/names.ts'
import type { RequestTrace, TraceFilter, TraceQuestion } from '#shared/request-traces.ts'
import { describeTrace } from './describe.ts'
import type { Trace } from './trace.ts'
import type { TraceStore } from './trace-store.ts'

/** What one edge worker knows. */
export interface WorkerTraces {
  found: RequestTrace[]
  /** The request got its id from this worker. */
  isOwn: boolean
}

export interface ExplainOptions {
  /** `null`: none are kept. */
  traces: TraceStore | null
  /** Of the worker. */
  worker: number
  /** Whether a request's id was made here. */
  isOwnId: (requestId: string) => boolean
}

export type Explain = (question: TraceQuestion) => WorkerTraces

/** Answers owners' questions about requests of one environment. */
export function createExplain ({ traces, worker, isOwnId }: ExplainOptions): Explain {
  return ({ gatewayId, environment, requestId, filter }) => {
    const name = routeName(gatewayId, environment)
    if (requestId === null) return { found: list(traces?.all(name) ?? [], filter).map(trace => ({ ...describeTrace(trace, worker), attempts: [], stages: [] })), isOwn: false }
    const trace = traces?.find(name, requestId) ?? null
    return { found: trace === null ? [] : [describeTrace(trace, worker)], isOwn: isOwnId(requestId) }
  }
}

function list (traces: Trace[], { status, client, path, limit }: TraceFilter): Trace[] {
  const start = path?.endsWith('*') === true ? path.slice(0, -1) : null
  const kind = status?.endsWith('xx') === true ? Number(status[0]) : null
  return traces
    .filter(trace => kind === null ? status === null || trace.status === Number(status) : Math.floor(trace.status / 100) === kind)
    .filter(trace => client === null || trace.client?.id === client)
    .filter(trace => start === null ? path === null || trace.path === path : trace.path.startsWith(start))
    .sort((a, b) => b.endedAt - a.endedAt)
    .slice(0, limit)
}
