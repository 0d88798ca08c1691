import type { TraceDecision, TraceDetails, TraceStage } from '#shared/request-traces.ts'
import type { Exchange } from '../edge/exchange.ts'
import type { UpstreamAttempt } from '../upstream/attempt.ts'
import { clientClosed, type AccessEntry } from '../edge/record.ts'

/** More than a request has stages; of those that come beyond it the last one stays, which says how it ended. */
const maxNotes = 24
/** Of a path; longer ones are cut, so that strangers cannot fill the memory with them. */
const maxTextLength = 512
/** Of all that one request's notes say; beyond it the decisions alone are kept. */
const maxDetailBytes = 8 * 1024
/** Of one attempt to ask an upstream: its target is written elsewhere. */
const attemptBytes = 100
/** About what one takes without its texts. */
const ownBytes = 1_400

export interface Note {
  stage: TraceStage
  decision: TraceDecision
  reason: string | null
  details: TraceDetails | null
  /** Milliseconds after the request began. */
  atMs: number
}

/**
 * What the stages have decided about one request. Traces are used again and again, with everything that notes need made beforehand: noting is
 * writing into arrays, and a trace that is kept leaves nothing for the garbage collector.
 */
export class Trace {
  requestId = ''
  /** Of the configuration that it met. */
  revision = 0
  /** The one that was kept after it. */
  next: Trace | null = null
  /** Estimated. */
  bytes = 0

  /** Milliseconds since the epoch. */
  endedAt = 0.5
  durationMs = 0.5
  functionMs = 0.5
  method = ''
  host = ''
  path = ''
  status = 0
  code: string | null = null
  release: number | null = null
  functionName: string | null = null
  versionId: string | null = null
  routePath: string | null = null
  upstream: string | null = null
  client: { readonly id: string, readonly name: string } | null = null
  apiKeyId: string | null = null
  bodyBytes = 0

  /** To ask the upstream. */
  attempts: readonly UpstreamAttempt[] | null = null

  #startedAt = 0.5
  #count = 0
  #isStopped = false
  readonly #stages: TraceStage[] = fill<TraceStage>('host')
  readonly #decisions: TraceDecision[] = fill<TraceDecision>('passed')
  readonly #reasons: Array<string | null> = fill<string | null>(null)
  readonly #details: Array<TraceDetails | null> = fill<TraceDetails | null>(null)
  // Not 0: V8 makes an array of doubles where it sees one.
  readonly #times: number[] = fill(0.5)

  begin (requestId: string, revision: number): void {
    this.requestId = requestId
    this.revision = revision
    this.#isStopped = false
  }

  /** What else is done in the name of the request is nothing that it has met. */
  stop (): void {
    this.#isStopped = true
  }

  /** @param at `performance.now()` */
  note (stage: TraceStage, decision: TraceDecision, reason: string | null, details: TraceDetails | null, at: number): void {
    if (this.#isStopped) return
    const index = this.#count < maxNotes ? this.#count++ : maxNotes - 1
    this.#stages[index] = stage
    this.#decisions[index] = decision
    this.#reasons[index] = reason
    this.#details[index] = details
    this.#times[index] = at
  }

  /** Takes what is to be kept, texts and numbers alone: what an environment was compiled from is not held by it. */
  end ({ target: { authority, path, query }, caller, match, startedAt, stage, attempts }: Exchange, entry: AccessEntry): void {
    if (entry.code === clientClosed.code) this.note(this.#isAnswered() ? 'answer' : stage, 'left', null, null, startedAt + entry.durationMs)
    this.#startedAt = startedAt
    this.endedAt = entry.time
    this.durationMs = entry.durationMs
    this.functionMs = entry.functionMs
    this.method = entry.method
    this.host = authority!
    // A part of a string keeps all of it in memory.
    this.path = path.length + query.length <= maxTextLength ? path : Buffer.from(path.slice(0, maxTextLength)).toString()
    this.status = entry.status
    this.code = entry.code
    this.release = entry.release
    this.functionName = entry.functionName
    this.versionId = entry.versionId
    this.routePath = match ? match.target.path : null
    this.upstream = entry.upstream
    this.client = caller === null ? null : caller.client
    this.apiKeyId = entry.apiKeyId
    this.bodyBytes = entry.bodyBytes
    this.attempts = attempts
    this.bytes = ownBytes + 2 * (this.path.length + query.length) + attemptBytes * (attempts?.length ?? 0) + this.#weigh()
  }

  /** In the order of time. @param startedAt before the end, when it is not known here yet */
  notes (startedAt = this.#startedAt): Note[] {
    return Array.from({ length: this.#count }, (_, index) => ({
      stage: this.#stages[index]!,
      decision: this.#decisions[index]!,
      reason: this.#reasons[index]!,
      details: this.#details[index]!,
      atMs: this.#times[index]! - startedAt
    }))
  }

  /** Before it is another request's. */
  clear (): void {
    this.next = null
    this.attempts = null
    this.#forget()
    this.#count = 0
  }

  #isAnswered (): boolean {
    return this.#count > 0 && this.#decisions[this.#count - 1] === 'answered'
  }

  #weigh (): number {
    let bytes = 0
    for (let index = 0; index < this.#count; index++) {
      const reason = this.#reasons[index]!
      if (reason !== null) bytes += 2 * reason.length
      const details = this.#details[index]!
      if (details !== null) bytes += weighDetails(details)
    }
    if (bytes <= maxDetailBytes) return bytes
    this.#forget()
    return 0
  }

  #forget (): void {
    for (let index = 0; index < this.#count; index++) {
      this.#reasons[index] = null
      this.#details[index] = null
    }
  }
}

function fill<Value> (value: Value): Value[] {
  return Array.from({ length: maxNotes }, () => value)
}

function weighDetails (details: TraceDetails): number {
  let bytes = 64
  for (const name in details) {
    const value = details[name]
    if (typeof value === 'string') bytes += 2 * value.length
    else if (typeof value === 'object' && value !== null) bytes += value.reduce((sum, text) => sum + 2 * text.length, 0)
    bytes += 16
  }
  return bytes
}
