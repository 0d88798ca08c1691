import type { FunctionLimits } from '#shared/function-limits.ts'
import type { RequestParts } from '../../runtime/scope.ts'
import { CallLines } from './call-lines.ts'
import { CallKv, type Kv } from './kv.ts'
import type { KvGate } from './kv-gate.ts'
import { createLog, type Log } from './log.ts'
import type { Outbox } from './outbox.ts'
import { Bytes, defineProperty, endsWith, indexOf, lowerCase, parseJson, slice, startsWith, trim } from './primordials.ts'
import { parseQuery } from './query.ts'
import type { Web } from './web.ts'

/** What a function may know of itself: the same for all of its calls. */
export interface Identity {
  gateway: { readonly id: string, readonly name: string }
  environment: string
  env: Readonly<Record<string, string>>
}

type Head = [requestId: string, method: string, url: string, path: string, query: string, params: Record<string, string>, client: { id: string, name: string } | null, schedule: Schedule | null]

interface Auth { readonly method: string, readonly scopes: readonly string[], readonly claims: Readonly<Record<string, unknown>> | null }

interface Schedule { readonly name: string, readonly cron: string, readonly scheduledAt: string }

/** The request's body is not what its content type says. Answered with 400 where the function does not catch it. */
export class BodyInvalid extends Error {
  static {
    defineProperty(this.prototype, 'name', { value: 'BodyInvalid', configurable: true, writable: true })
  }

  readonly #own = true

  static is (thrown: unknown): boolean {
    return typeof thrown === 'object' && thrown !== null && #own in thrown && thrown.#own
  }
}

/** Tells a function through `ctx.request.signal` that nobody waits for it any more. Not a method: `ctx` is the tenant's. */
export let abortRequest: (context: Context) => void
/** Where the lines of its call go. Not a property either. */
export let linesOf: (context: Context) => CallLines
/** Ends what the call has under way through `ctx.kv`. */
export let endOperations: (context: Context) => void

/**
 * `ctx`, what a function is called with. Everything is read from the text of the call when it is first asked for, so that a call pays
 * only for what it touches.
 */
export class Context {
  readonly #identity: Identity
  readonly #limits: FunctionLimits
  readonly #web: Web
  readonly #outbox: Outbox
  readonly #kvGate: KvGate
  readonly #call: number
  readonly #headText: string
  readonly #headersText: string
  readonly #authText: string | null
  readonly #rawBody: string | ArrayBuffer | null
  #head: Head | undefined
  #auth: Auth | undefined
  #headers: Record<string, string | string[]> | undefined
  #query: Record<string, string | string[]> | undefined
  #body: unknown
  #lines: CallLines | undefined
  #log: Log | undefined
  #kv: CallKv | undefined
  #request: object | undefined

  /** `head` has a line for the parts of `Head`, one for the headers, and one for `Auth` where somebody was authenticated, each as JSON. */
  constructor (identity: Identity, limits: FunctionLimits, web: Web, outbox: Outbox, kvGate: KvGate, call: number, head: string, body: string | ArrayBuffer | null) {
    const end = indexOf(head, '\n')
    const second = indexOf(head, '\n', end + 1)
    this.#identity = identity
    this.#limits = limits
    this.#web = web
    this.#outbox = outbox
    this.#kvGate = kvGate
    this.#call = call
    this.#headText = slice(head, 0, end)
    this.#headersText = second === -1 ? slice(head, end + 1) : slice(head, end + 1, second)
    this.#authText = second === -1 ? null : slice(head, second + 1)
    this.#rawBody = body
  }

  get requestId (): string { return this.#parts()[0] }
  get method (): string { return this.#parts()[1] }
  get path (): string { return this.#parts()[3] }
  get params (): Record<string, string> { return this.#parts()[5] }
  get client (): { id: string, name: string } | null { return this.#parts()[6] }
  get schedule (): Schedule | null { return this.#parts()[7] }
  get gateway (): Identity['gateway'] { return this.#identity.gateway }
  get environment (): string { return this.#identity.environment }
  get env (): Identity['env'] { return this.#identity.env }

  get query (): Record<string, string | string[]> {
    return this.#query ??= parseQuery(this.#parts()[4])
  }

  get headers (): Record<string, string | string[]> {
    return this.#headers ??= parseJson(this.#headersText) as Record<string, string | string[]>
  }

  /** Claims are parsed for whoever asks. */
  get auth (): Auth | null {
    return this.#authText === null ? null : this.#auth ??= parseJson(this.#authText) as Auth
  }

  get log (): Log {
    return this.#log ??= createLog(linesOf(this))
  }

  get kv (): Kv {
    return (this.#kv ??= new CallKv(this.#kvGate, this.#call)).api
  }

  /** JSON, a form or text by its content type, `Uint8Array` for anything else, `null` where there is none. */
  get body (): unknown {
    if (this.#rawBody === null) return null
    return this.#body ??= this.#parseBody(this.#rawBody)
  }

  /** A web-standard `Request`. */
  get request (): object {
    const { 1: method, 2: url } = this.#parts()
    return this.#request ??= this.#web.createRequest({ url, method, headers: parseJson(this.#headersText) as RequestParts['headers'], body: this.#rawBody })
  }

  static {
    abortRequest = context => {
      if (context.#request !== undefined) context.#web.abortRequest(context.#request)
    }
    linesOf = context => context.#lines ??= new CallLines(context.#outbox, context.#call, context.#limits.logBytes)
    endOperations = context => {
      if (context.#kv !== undefined) context.#kv.end()
    }
  }

  #parts (): Head {
    return this.#head ??= parseJson(this.#headText) as Head
  }

  #parseBody (raw: string | ArrayBuffer): unknown {
    const kind = bodyFormat(contentType(this.#headersText))
    if (typeof raw !== 'string') {
      if (kind === 'bytes') return new Bytes(raw)
      throw new BodyInvalid('The request body is not valid UTF-8.')
    }
    switch (kind) {
      case 'json': return parseBodyJson(raw)
      case 'form': return parseQuery(raw)
      case 'text': return raw
      case 'bytes': return this.#web.encode(raw)
    }
  }
}

function contentType (headersText: string): string {
  const { 'content-type': value } = parseJson(headersText) as Record<string, string | undefined>
  if (typeof value !== 'string') return ''
  const semicolon = indexOf(value, ';')
  return lowerCase(trim(semicolon === -1 ? value : slice(value, 0, semicolon)))
}

function bodyFormat (type: string): 'json' | 'form' | 'text' | 'bytes' {
  if (type === 'application/json' || endsWith(type, '+json')) return 'json'
  if (type === 'application/x-www-form-urlencoded') return 'form'
  const isText = type === '' || startsWith(type, 'text/') || endsWith(type, '+xml') || type === 'application/xml'
  return isText || type === 'application/graphql' || type === 'application/yaml' ? 'text' : 'bytes'
}

function parseBodyJson (text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    // V8's message quotes the body, which may hold what the owner must not find in a log.
    throw new BodyInvalid('The request body is not valid JSON.')
  }
}
