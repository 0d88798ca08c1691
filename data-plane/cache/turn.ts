import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { CacheRules } from '#shared/policies/cache/policy.ts'
import type { OriginAnswer } from '../edge/answer.ts'
import { readResultHeaders } from '../edge/headers.ts'
import { isUnchanged, unchangedFields, type Conditions } from './conditional.ts'
import type { Entry } from './entry.ts'
import { fieldOf, namesOf } from './fields.ts'
import type { Flight, Landing } from './flights.ts'
import { ageOf, judge, type Verdict } from './freshness.ts'
import { isTellable, maxVaryNames, varyOf } from './key.ts'
import { forwardedStatus, hitStatus, withStatus, type Forwarded } from './status.ts'
import { tee } from './tee.ts'

/** What a request that goes to its function or upstream means to the cache. */
export interface TurnOptions {
  now: () => number
  why: Forwarded
  /** `null`: what is answered is not kept. */
  keep: Keep | null
  /** To be validated, or to stand in for an answer that cannot be had. */
  entry: Entry | null
  /** It was asked whether that is still good; what the client had asked itself is here. */
  conditions: Conditions | null
  /** Others wait for this one. */
  flight: Flight | null
  /** Where it has succeeded, what it was sent to is not what it was. */
  onChanged: ((answer: OriginAnswer) => void) | null
  put: (entry: Entry) => void
}

export interface Keep extends Pick<Entry, 'uri' | 'path' | 'number' | 'changes'> {
  rules: CacheRules
  /** For this client alone, and for everyone. */
  ownKey: string
  sharedKey: string
  /** Of the client, as it sent them. */
  headers: IncomingHttpHeaders
  consumerName: string | null
}

const errors: ReadonlySet<number> = new Set([500, 502, 503, 504])

/** One request's part in the cache, from when it is let through until its answer is there. */
export class Turn {
  readonly why: Forwarded
  /** The client has been answered with what was kept; this is for the next one. */
  readonly isBackground: boolean
  readonly #options: TurnOptions
  readonly #sentAt: number
  #isOver = false

  constructor (options: TurnOptions, isBackground = false) {
    this.#options = options
    this.#sentAt = options.now()
    this.why = options.why
    this.isBackground = isBackground
  }

  /**
   * What is to be sent where this was answered; `null`: nothing, since nobody waits.
   * @param goOn the request is not to be given up from now on, whoever leaves
   * @throws {Problem} `function_result_invalid`
   */
  take (answer: OriginAnswer, goOn: () => void): OriginAnswer | null {
    if (this.#isOver) return answer
    const { entry, keep, conditions, onChanged } = this.#options
    const fields = readResultHeaders(answer.headers)
    this.#isOver = true
    const tagged = fieldOf(fields, 'cache-tag')
    const headers = tagged === undefined ? fields : fields.filter(([name]) => name !== 'cache-tag')
    const plain = { ...answer, headers }
    if (onChanged !== null && answer.status < 400) onChanged(plain)
    if (keep !== null && conditions !== null && entry !== null && answer.status === 304) return this.#revalidated(entry, plain, keep, conditions)
    if (entry !== null && errors.has(answer.status) && this.#mayStandIn(entry)) {
      if (answer.body instanceof Readable) answer.body.destroy()
      this.#land('passed')
      return this.#standIn(entry)
    }
    return this.#fresh(plain, tagged, goOn)
  }

  /**
   * Where nothing of an answer is kept and nothing stands in for it, it can be sent on as it comes; `take` need not be called then.
   * @returns the `Cache-Status` to be added; `null`: it is to be taken
   */
  passBy (head: Omit<OriginAnswer, 'body'>): string | null {
    const { entry, keep, onChanged, now } = this.#options
    if (this.#isOver || this.isBackground || (entry !== null && (head.status === 304 || errors.has(head.status)))) return null
    if (keep !== null && judge(head.status, head.headers, keep.rules, { sentAt: this.#sentAt, receivedAt: now() }) !== null) return null
    this.#isOver = true
    if (onChanged !== null && head.status < 400) onChanged({ ...head, body: null })
    this.#land('passed')
    return forwardedStatus(this.why)
  }

  /** There is no answer. @returns what may stand in for it */
  failed (): OriginAnswer | null {
    if (this.#isOver) return null
    this.#isOver = true
    this.#land('passed')
    const { entry } = this.#options
    return entry === null || this.isBackground || !this.#mayStandIn(entry) ? null : this.#standIn(entry)
  }

  /** Nobody knows what would have been answered: the client has left before. */
  abandon (): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#land('lost')
  }

  #fresh (answer: OriginAnswer, tagged: string | undefined, goOn: () => void): OriginAnswer | null {
    const { keep, now } = this.#options
    const verdict = keep === null ? null : judge(answer.status, answer.headers, keep.rules, { sentAt: this.#sentAt, receivedAt: now() })
    const made = keep === null || verdict === null ? null : describe(answer, keep, verdict, tagged)
    const status = forwardedStatus(this.why, { isKept: made !== null })
    const sent = { ...answer, headers: withStatus(answer.headers, status) }
    if (keep === null || made === null) {
      this.#land('passed')
      return this.#handOut(sent)
    }
    const body = sent.body
    if (!(body instanceof Readable)) {
      this.#put({ ...made, body: Buffer.from(body ?? '') })
      return this.#handOut(sent)
    }
    goOn()
    sent.body = tee(body, { maxBytes: keep.rules.maxEntryBytes, onWhole: whole => this.#put({ ...made, body: whole }), onLost: () => this.#land('passed') })
    return this.#handOut(sent)
  }

  #handOut (answer: OriginAnswer): OriginAnswer | null {
    if (!this.isBackground) return answer
    if (answer.body instanceof Readable) answer.body.on('error', () => undefined).resume()
    return null
  }

  /** RFC 9111, section 4.3.4. */
  #revalidated (entry: Entry, answer: OriginAnswer, { rules, number, changes }: Keep, conditions: Conditions): OriginAnswer | null {
    const { now, put } = this.#options
    const news = new Map(answer.headers.filter(([name]) => !name.startsWith('content-') || name === 'content-location'))
    const headers: OriginAnswer['headers'] = [...entry.headers.filter(([name]) => !news.has(name) && name !== 'date').map(([name, value]): [string, string] => [name, value]), ...news]
    const verdict = judge(entry.status, headers, rules, { sentAt: this.#sentAt, receivedAt: now() })
    const updated = verdict === null ? entry : { ...entry, headers: datedFields(headers, now()), freshness: verdict.freshness, number, changes }
    if (verdict !== null) put(updated)
    this.#land(verdict === null ? 'passed' : 'kept')
    return this.isBackground ? null : replay(updated, { now: now(), conditions, status: forwardedStatus('stale', { status: 304, isKept: verdict !== null }) })
  }

  #mayStandIn ({ freshness }: Entry): boolean {
    return !freshness.alwaysValidates && ageOf(freshness, this.#options.now()) < freshness.lifetime + freshness.staleIfError
  }

  #standIn (entry: Entry): OriginAnswer | null {
    const now = this.#options.now()
    return this.isBackground ? null : replay(entry, { now, conditions: this.#options.conditions, status: hitStatus(entry.freshness, now, 'stale-if-error') })
  }

  #put (entry: Entry): void {
    this.#options.put(entry)
    this.#land('kept')
  }

  #land (landing: Landing): void {
    this.#options.flight?.land(landing)
  }
}

/** @returns `null`: it cannot be told from others, or is too large */
function describe (answer: OriginAnswer, keep: Keep, { isShared, freshness }: Verdict, tagged: string | undefined): Omit<Entry, 'body'> | null {
  const { headers, consumerName, ownKey, sharedKey, rules, ...place } = keep
  const vary = namesOf(fieldOf(answer.headers, 'vary'), maxVaryNames)
  if (vary === null || !isTellable(vary)) return null
  // Many answers say nothing of the cookie that they were made for.
  if (headers.cookie !== undefined && !isShared) return null
  const length = answer.body === null || answer.body instanceof Readable ? answer.length ?? 0 : Buffer.byteLength(answer.body)
  if (length > rules.maxEntryBytes) return null
  return {
    ...place,
    key: isShared ? sharedKey : ownKey,
    vary,
    varied: varyOf(vary, headers, consumerName),
    status: answer.status,
    headers: datedFields(answer.headers, freshness.receivedAt),
    freshness,
    tags: tagsOf(tagged)
  }
}

/** What is kept, as an answer. @param conditions of the request; `null`: none */
export function replay (entry: Entry, { now, conditions, status }: { now: number, conditions: Conditions | null, status: string }): OriginAnswer {
  const headers = withStatus([...entry.headers.map(([name, value]): [string, string] => [name, value]), ['age', String(Math.floor(ageOf(entry.freshness, now)))]], status)
  if (conditions !== null && isUnchanged(conditions, entry.status, entry.headers)) return { status: 304, headers: unchangedFields(headers), body: null }
  return { status: entry.status, headers, body: entry.body }
}

/** RFC 9110, section 6.6.1: who receives an answer without a date gives it one. How old it was is in its freshness. */
function datedFields (headers: OriginAnswer['headers'], receivedAt: number): OriginAnswer['headers'] {
  const kept = headers.filter(([name]) => name !== 'age' && name !== 'cache-status')
  return kept.some(([name]) => name === 'date') ? kept : [...kept, ['date', new Date(receivedAt).toUTCString()]]
}

/** More are nobody's grouping. */
const maxTags = 100

function tagsOf (tagged: string | undefined): ReadonlySet<string> | null {
  if (tagged === undefined) return null
  return new Set(tagged.split(',').map(tag => tag.trim()).filter(tag => tag !== '').slice(0, maxTags))
}
