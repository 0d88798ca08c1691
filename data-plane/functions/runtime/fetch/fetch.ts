import { fromInnerResponse, makeResponse } from 'undici/lib/web/fetch/response.js'
import type { Response } from 'undici/lib/web/fetch/response.js'
import { HeadersList } from 'undici/lib/web/fetch/headers.js'
import { getRequestState, Request } from 'undici/lib/web/fetch/request.js'
import { webidl } from 'undici/lib/web/webidl/index.js'
import { scope } from '../scope.ts'
import type { OutboundHandle, OutboundResponseHead } from '../scope.ts'
import { requireArguments } from '../webidl.ts'
import { Body, toBody } from './body.ts'
import type { Content } from './body.ts'
import { toReader } from './body-streams.ts'
import { IncomingBody } from './incoming-body.ts'
import { LazyURL } from './lazy-url.ts'
import { OutgoingBody } from './outgoing-body.ts'

/** Why an outbound request failed, as the egress says it. */
interface Failure { code: string, message: string }

/** Statuses without a body (Fetch, "null body status"). */
const bodyless: readonly unknown[] = [101, 103, 204, 205, 304]

/** Fetch, section 5.6. What is sent, where to and under which limits is decided outside of the sandbox. */
export async function fetch (input: string | URL | Request, ...[init]: [init?: RequestInit]): Promise<Response> {
  requireArguments('fetch', arguments.length, 1)
  const request = init === undefined && webidl.is.Request(input) ? input as Request : new Request(input, init)
  const { signal } = request
  if (signal.aborted) throw signal.reason
  const { method, urlList, headersList, redirect, integrity, body } = getRequestState(request)
  if (integrity !== '') throw new TypeError('fetch cannot check the integrity of a response')
  const [content, outgoing] = takeBody(body as Body | null)
  const head = JSON.stringify({ method, url: urlList[urlList.length - 1]?.href, headers: headersList.entriesList, redirect })

  const exchange = new Exchange(signal, outgoing)
  const outcome = await exchange.start(head, content)
  // Made here, where V8 still knows who waits: its stack leads to the author's line.
  if (outcome instanceof Failed) throw outcome.toError()
  return outcome
}

function takeBody (stored: Body | null | undefined): [content: Content | boolean, outgoing: OutgoingBody | null] {
  if (stored === null || stored === undefined) return [false, null]
  const body = toBody(stored)
  if (body.isUnusable) throw new TypeError('The body of the request was already read')
  const stream = body.takeStream()
  return stream === null ? [body.take() as Content, null] : [true, new OutgoingBody(toReader(stream.getReader()))]
}

class Failed {
  readonly #reason: unknown
  readonly #failure: Failure | null

  /** @param failure `null`: `reason` is what is to be thrown */
  constructor (failure: Failure | null, reason: unknown) {
    this.#failure = failure
    this.#reason = reason
  }

  toError (): unknown {
    return this.#failure === null ? this.#reason : toTypeError(this.#failure)
  }
}

/** One request and its response, from both sides of the border. */
class Exchange {
  readonly #signal: AbortSignal
  readonly #outgoing: OutgoingBody | null
  readonly #settled = Promise.withResolvers<Response | Failed>()
  #handle: OutboundHandle | undefined
  #incoming: IncomingBody | undefined

  constructor (signal: AbortSignal, outgoing: OutgoingBody | null) {
    this.#signal = signal
    this.#outgoing = outgoing
  }

  async start (head: string, content: Content | boolean): Promise<Response | Failed> {
    this.#handle = scope.host.fetch(head, content, {
      onResponse: (text, body) => this.#respond(JSON.parse(text) as OutboundResponseHead, body),
      onChunk: bytes => this.#incoming?.receive(new Uint8Array(bytes)),
      onEnd: () => this.#end(),
      onError: (code, message) => this.#fail(new Failed({ code, message }, undefined)),
      onPull: () => void this.#pull()
    })
    if (this.#handle === undefined) throw new TypeError('fetch is possible only while a call is being answered')
    this.#signal.addEventListener('abort', this.#onAbort)
    return await this.#settled.promise
  }

  readonly #onAbort = (): void => {
    this.#handle?.abort()
    this.#fail(new Failed(null, this.#signal.reason))
  }

  #respond ({ status, statusText, headers, url, redirected }: OutboundResponseHead, body: string | ArrayBuffer | boolean): void {
    const headersList = new HeadersList()
    for (const [name, value] of headers) headersList.append(name, value, true)
    const inner = makeResponse({ type: 'basic', status, statusText, headersList })
    const response = fromInnerResponse(inner, 'immutable')
    // Not before: undici would ask the body for a stream.
    inner.body = bodyless.includes(status) ? null : this.#toBody(body)
    const last = new LazyURL(url)
    inner.urlList = redirected ? [last, last] : [last]
    this.#settled.resolve(response)
    if (this.#incoming === undefined) this.#end()
  }

  #toBody (body: string | ArrayBuffer | boolean): Body | null {
    if (typeof body === 'string') return new Body(body)
    if (typeof body === 'object') return new Body(new Uint8Array(body))
    if (!body) return null
    this.#incoming = new IncomingBody(bytes => this.#handle?.read(bytes), () => {
      this.#handle?.abort()
      this.#end()
    })
    return new Body(this.#incoming)
  }

  async #pull (): Promise<void> {
    try {
      const chunk = await this.#outgoing?.next()
      if (chunk === undefined) this.#handle?.end()
      else this.#handle?.send(chunk)
    } catch (error) {
      this.#handle?.abort()
      this.#fail(new Failed(null, new TypeError('The body of the request failed', { cause: error })))
    }
  }

  #fail (failed: Failed): void {
    this.#settled.resolve(failed)
    this.#incoming?.fail(failed.toError())
    this.#end()
  }

  #end (): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#incoming?.end()
    this.#outgoing?.cancel()
  }
}

function toTypeError ({ code, message }: Failure): TypeError {
  return new TypeError(message, { cause: Object.assign(new Error(message), { code }) })
}
