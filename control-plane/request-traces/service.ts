import { Problem } from '#shared/errors.ts'
import { maxListedTraces, type RequestTrace, type TraceAnswer, type TraceFilter, type TraceQuestion } from '#shared/request-traces.ts'
import type { Scope } from '../data-plane-tokens/scope.ts'
import type { NamedDataPlane } from '../data-planes/service.ts'
import { requireEnvironment } from '../existing.ts'
import type { EnvironmentRef, Store } from '../store/store.ts'
import type { Asked, WaitingQuestions } from './waiting.ts'

export interface RequestTraceServiceOptions {
  store: Store
  waiting: WaitingQuestions
  /** Those that are connected and serve the environment, whichever control plane they follow. */
  servers: (environment: string) => Promise<NamedDataPlane[]>
}

/** A trace, and whose it is. */
export interface FoundTrace {
  trace: RequestTrace
  /** `null`: the data plane has not said who it is. */
  dataPlane: NamedDataPlane | null
}

/** Those of which nothing is known. */
export interface Gaps {
  /** Were asked and did not answer, or some of their workers did not. */
  silent: NamedDataPlane[]
  /** Follow another control plane, or are too old to be asked. */
  notAsked: NamedDataPlane[]
}

/** Each may make every data plane look through its memory. */
const maxAtOnce = 32
const whatever: TraceFilter = { status: null, client: null, path: null, limit: maxListedTraces }

/** What requests have met, which is in the memory of data planes and nowhere else. */
export class RequestTraceService {
  readonly #store: Store
  readonly #waiting: WaitingQuestions
  readonly #servers: RequestTraceServiceOptions['servers']
  #underWay = 0

  constructor ({ store, waiting, servers }: RequestTraceServiceOptions) {
    this.#store = store
    this.#waiting = waiting
    this.#servers = servers
  }

  /** @param signal nobody waits any more @throws {Problem} `request_unknown`, with whoever could not say */
  async find (ref: EnvironmentRef, requestId: string, signal: AbortSignal): Promise<FoundTrace> {
    return await this.#ask({ ...ref, requestId, filter: whatever }, signal, async (asked, servers) => {
      const { promise: found, resolve } = Promise.withResolvers<FoundTrace>()
      const answers = Promise.all(asked.map(async ({ node, answer }) => {
        const known = await answer
        const [trace] = known?.found ?? []
        if (trace !== undefined) resolve({ trace, dataPlane: nameOf(node, servers) })
        return known
      }))
      // As soon as one has it, nobody waits for the others.
      const first = await Promise.race([found, answers])
      if (!Array.isArray(first)) return first
      throw unknown(first.some(known => known?.isForgotten), gapsOf(asked, first, servers))
    })
  }

  /** The newest first. */
  async list (ref: EnvironmentRef, filter: TraceFilter, signal: AbortSignal): Promise<{ items: FoundTrace[], gaps: Gaps }> {
    return await this.#ask({ ...ref, requestId: null, filter }, signal, async (asked, servers) => {
      const answers = await Promise.all(asked.map(async ({ answer }) => await answer))
      const items = answers.flatMap((known, index) => (known?.found ?? []).map(trace => ({ trace, dataPlane: nameOf(asked[index]!.node, servers) })))
      return { items: items.sort((a, b) => b.trace.at - a.trace.at).slice(0, filter.limit), gaps: gapsOf(asked, answers, servers) }
    })
  }

  /** @throws {Problem} `question_not_found` */
  settle (id: string, answer: TraceAnswer, scope: Scope): void {
    this.#waiting.settle(id, answer, scope)
  }

  async #ask<Result> (question: TraceQuestion, signal: AbortSignal, read: (asked: Asked[], servers: NamedDataPlane[]) => Promise<Result>): Promise<Result> {
    await requireEnvironment(this.#store, question)
    if (this.#underWay >= maxAtOnce) throw new Problem('too_many_requests', `At most ${maxAtOnce} such questions are asked at a time.`, { headers: { 'retry-after': '1' } })
    this.#underWay++
    try {
      const servers = await this.#servers(question.environment)
      const asked = this.#waiting.ask(question, signal)
      if (asked.length === 0 && servers.length === 0) throw new Problem('no_data_plane', undefined, { headers: { 'retry-after': '5' } })
      return await read(asked, servers)
    } finally {
      this.#underWay--
    }
  }
}

function nameOf (node: string | null, servers: readonly NamedDataPlane[]): NamedDataPlane | null {
  if (node === null) return null
  return servers.find(({ id }) => id === node) ?? { id: node, name: null }
}

function gapsOf (asked: readonly Asked[], answers: ReadonlyArray<TraceAnswer | null>, servers: readonly NamedDataPlane[]): Gaps {
  const wasAsked = new Set(asked.map(({ node }) => node))
  return {
    silent: asked.filter((_, index) => (answers[index]?.silentWorkers ?? 1) > 0).map(({ node }) => nameOf(node, servers) ?? { id: null, name: null }),
    notAsked: servers.filter(({ id }) => !wasAsked.has(id))
  }
}

function unknown (isForgotten: boolean, { silent, notAsked }: Gaps): Problem {
  const why = isForgotten
    ? 'Where it was made it is not kept: it is too old, or it was a request to another environment.'
    : 'None of the data planes that were asked has made it: it is mistyped, or its process has ended.'
  const gaps = [
    ...(silent.length > 0 ? [`${silent.length} of them did not answer, or not in full.`] : []),
    ...(notAsked.length > 0 ? [`${notAsked.length} could not be asked from here.`] : [])
  ]
  return new Problem('request_unknown', [why, ...gaps].join(' '), { extra: { reason: isForgotten ? 'not_kept' : 'not_made_here', silent, notAsked } })
}
