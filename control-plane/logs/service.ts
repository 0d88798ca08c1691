import { Problem, type FieldError } from '#shared/errors.ts'
import type { LogBatch } from '#shared/logs.ts'
import { requireEnvironment } from '../existing.ts'
import { cursorPattern, type LogFilter, type LogStore, type StoredLine } from '../store/log-store.ts'
import type { EnvironmentRef, Page, PageRequest, Store } from '../store/store.ts'
import { followLogs } from './follow.ts'
import type { LogsQuery } from './schema.ts'

export interface LogServiceOptions {
  store: Store
  logStore: LogStore
  /** How long nothing is sent to who follows before a heartbeat is. */
  heartbeatMs: number
}

/** The rules of what functions log. */
export class LogService {
  readonly #store: Store
  readonly #logStore: LogStore
  readonly #heartbeatMs: number

  constructor ({ store, logStore, heartbeatMs }: LogServiceOptions) {
    this.#store = store
    this.#logStore = logStore
    this.#heartbeatMs = heartbeatMs
  }

  async list (ref: EnvironmentRef, query: LogsQuery, page: PageRequest): Promise<Page<StoredLine>> {
    if (page.after !== null && !new RegExp(cursorPattern).test(page.after)) {
      throw invalid([{ pointer: '/query/cursor', detail: 'must be the nextCursor of the page before' }])
    }
    const filter = await this.#filter(ref, query)
    const until = query.until === undefined ? null : parseTime(query.until)
    return await this.#logStore.list(ref, { ...filter, until, order: query.order ?? 'desc' }, page)
  }

  /**
   * Events for who follows, until the environment or the signal ends.
   * @param lastEventId `null`: from now on, or with `since` from then on
   */
  async follow (ref: EnvironmentRef, query: LogsQuery, lastEventId: string | null, signal: AbortSignal): Promise<AsyncGenerator<string>> {
    const unfit = (['limit', 'cursor', 'until', 'order'] as const).filter(name => query[name] !== undefined)
    if (unfit.length > 0) throw invalid(unfit.map(name => ({ pointer: `/query/${name}`, detail: 'has no meaning where logs are followed' })))
    const environment = await requireEnvironment(this.#store, ref)
    const filter = await this.#filter(ref, query)
    const after = lastEventId ?? await this.#logStore.position(ref, query.since === undefined ? null : filter.since)
    const isThere = async (): Promise<boolean> => (await this.#store.getEnvironment(ref.gatewayId, ref.environment))?.createdAt === environment.createdAt
    return followLogs(this.#logStore, { environment: ref, after, filter, isThere }, { heartbeatMs: this.#heartbeatMs, signal })
  }

  /** @throws {Problem} `validation_failed` for fields that nobody could be shown */
  async append (batch: LogBatch): Promise<void> {
    const errors = batch.lines.flatMap(({ fields }, index) => isObjectText(fields) ? [] : [{ pointer: `/lines/${index}/fields`, detail: 'must be JSON of an object' }])
    if (errors.length > 0) throw invalid(errors)
    await this.#logStore.append(batch)
  }

  /** What was said before the environment was made was said in another one, which had its name. */
  async #filter (ref: EnvironmentRef, query: LogsQuery): Promise<LogFilter> {
    const { createdAt } = await requireEnvironment(this.#store, ref)
    return {
      functionName: query.function ?? null,
      minLevel: query.level ?? 'debug',
      requestId: query.requestId ?? null,
      since: Math.max(Date.parse(createdAt), query.since === undefined ? 0 : parseTime(query.since)),
      contains: query.contains ?? null
    }
  }
}

function invalid (errors: FieldError[]): Problem {
  return new Problem('validation_failed', undefined, { errors })
}

/** RFC 3339 lets `t` and `z` be lower case, JavaScript does not everywhere. */
function parseTime (text: string): number {
  return Date.parse(text.toUpperCase())
}

function isObjectText (text: string): boolean {
  if (text === '') return true
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
