import type { Clock } from '#shared/clock.ts'
import { debugHeader, openDebugToken } from '#shared/debug-tokens.ts'
import type { AnswerHead } from '#shared/policies/policy.ts'
import type { TraceStep } from '#shared/request-traces.ts'
import type { OpenSecret } from '../edge/secrets.ts'
import type { CompiledEnvironment } from '../edge/environment.ts'
import type { HotCache } from '../hot-cache.ts'
import { describeNotes } from './describe.ts'
import { Trace } from './trace.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** What the holder of a token is told. `expired` is said of good ones only; of all others nothing but that they are none. */
export type Debugging = 'shown' | 'expired' | 'invalid' | 'too_many'

export interface DebugSources {
  hot: Pick<HotCache, 'revision'>
  openSecret: OpenSecret
  clock: Clock
}

/** In one worker: to open one costs more than a request, and strangers may send what looks like one. */
const maxPerSecond = 100
/** Clients and proxies take 8 KB of headers and more; what a function sets needs room as well. */
const maxHeaderLength = 4_096

export class DebugTokens {
  readonly #sources: DebugSources
  #second = 0
  #opened = 0

  constructor (sources: DebugSources) {
    this.#sources = sources
  }

  /** Takes the token out of the headers, whatever it is: neither functions nor upstreams see it. */
  take ({ id, raw: { headers }, exchange }: EdgeRequest, environment: CompiledEnvironment): void {
    const token = String(headers[debugHeader])
    headers[debugHeader] = undefined
    exchange.debugging = this.#judge(token, environment)
    if (exchange.debugging !== 'shown' || exchange.trace !== null) return
    exchange.trace = new Trace()
    exchange.trace.begin(id, this.#sources.hot.revision())
  }

  #judge (token: string, environment: CompiledEnvironment): Debugging {
    const { openSecret, clock } = this.#sources
    const second = Math.floor(clock.now() / 1_000)
    if (second !== this.#second) this.#opened = 0
    this.#second = second
    if (++this.#opened > maxPerSecond) return 'too_many'
    const expiresAt = openDebugToken(openSecret, environment, token)
    if (expiresAt === null) return 'invalid'
    return expiresAt > clock.now() ? 'shown' : 'expired'
  }
}

/** What is known when the head leaves. The answer is for whoever debugs: no cache keeps it for others. */
export function showTrace (request: EdgeRequest, head: Pick<AnswerHead, 'get' | 'set'>): void {
  const { exchange, id } = request
  const { trace, debugging } = exchange
  if (debugging !== 'shown') return head.set(debugHeader, JSON.stringify({ error: debugging }))
  // It has come too late to be kept, and so too late for this.
  if (trace === null) return
  const now = performance.now()
  const steps = describeNotes(trace.notes(exchange.startedAt))
  head.set(debugHeader, describe({ requestId: id, revision: trace.revision, release: exchange.release?.number ?? null, client: exchange.caller?.clientId ?? null, route: exchange.match?.target.functionName ?? null, ms: round(now - exchange.startedAt) }, steps))
  const others = head.get('server-timing')
  const timing = [...steps.filter(({ durationMs }) => durationMs !== null).map(({ stage, durationMs }) => `${stage};dur=${round(durationMs!)}`), `total;dur=${round(now - exchange.startedAt)}`].join(', ')
  head.set('server-timing', others === undefined || others.includes('total;dur=') ? timing : `${others}, ${timing}`)
  head.set('cache-control', 'no-store')
}

function describe (request: object, steps: readonly TraceStep[]): string {
  const full = ascii({ ...request, stages: steps.map(({ stage, decision, reason, durationMs, details }) => ({ stage, decision, ...(reason !== null && { reason }), ...(durationMs !== null && { ms: durationMs }), ...(details !== null && { details }) })) })
  return full.length <= maxHeaderLength ? full : ascii({ ...request, stages: steps.map(({ stage, decision }) => ({ stage, decision })), isCut: true })
}

/** RFC 9110, section 5.5: what else than ASCII stands in a field is nobody's to read. */
function ascii (value: object): string {
  return JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function round (ms: number): number {
  return Math.round(ms * 1000) / 1000
}
