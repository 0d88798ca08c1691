import type { Dispatcher } from 'undici'
import { ByteQueue } from './byte-queue.ts'
import { EgressError } from './errors.ts'
import type { HeaderPair, Hop } from './request.ts'

/** One request on the wire and its response. Errors are those of the HTTP client, of TLS, of the operating system, or an `EgressError`. */
export interface Exchange {
  response: Promise<WireResponse>
  /** Ends it wherever it is; `response`, or the body, fails with the reason. */
  abort: (reason: EgressError) => void
  /** The HTTP client is done with it, and nothing of it is left on a connection. */
  isClosed: () => boolean
  /** Resolves then. */
  closed: Promise<void>
}

export interface WireResponse {
  status: number
  statusText: string
  /** Lower-case names, in the order of their arrival. */
  headers: HeaderPair[]
  body: ByteQueue
}

export interface ExchangeOptions {
  body: Buffer | AsyncIterable<Uint8Array> | null
  /** Bytes of a body that is a stream, where they are known. */
  bodyLength: number | null
  headersTimeoutMs: number
  idleTimeoutMs: number
}

/** How much of a body is held for a reader who is slower than the sender. */
const maxHeldBytes = 64 * 1024

export function startExchange (pool: Dispatcher, hop: Hop, options: ExchangeOptions): Exchange {
  const handler = new ExchangeHandler()
  const { body, bodyLength } = options
  const headers = hop.headers.flat()
  if (body !== null && !Buffer.isBuffer(body) && bodyLength !== null) headers.push('content-length', String(bodyLength))
  pool.dispatch({
    origin: hop.url.origin,
    path: hop.url.pathname + hop.url.search,
    method: hop.method,
    headers,
    body: body as Dispatcher.DispatchOptions['body'] ?? null,
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.idleTimeoutMs
  }, handler)
  return handler
}

class ExchangeHandler implements Exchange, Dispatcher.DispatchHandler {
  readonly #response = Promise.withResolvers<WireResponse>()
  readonly #closed = Promise.withResolvers<void>()
  readonly #body = new ByteQueue({
    onRead: () => { if (this.#body.cost < maxHeldBytes / 2) this.#controller?.resume() },
    onCancel: () => this.abort(new EgressError('aborted', 'the response is not wanted any more'))
  })
  #controller: Dispatcher.DispatchController | null = null
  #reason: EgressError | null = null
  #isClosed = false

  constructor () {
    // Whoever has given it up does not wait for it.
    this.#response.promise.catch(() => undefined)
  }

  get response (): Promise<WireResponse> {
    return this.#response.promise
  }

  get closed (): Promise<void> {
    return this.#closed.promise
  }

  isClosed (): boolean {
    return this.#isClosed
  }

  abort (reason: EgressError): void {
    this.#reason ??= reason
    this.#settle(reason)
    // While it waits for a connection there is no way to take it back; it then ends as soon as it begins.
    this.#controller?.abort(this.#reason)
  }

  onRequestStart (controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#reason !== null) controller.abort(this.#reason)
  }

  onResponseStart (controller: Dispatcher.DispatchController, status: number, _headers: unknown, statusText = ''): void {
    // 1xx: the response is still to come.
    if (status < 200) return
    this.#response.resolve({ status, statusText, headers: headerPairs(controller.rawHeaders), body: this.#body })
  }

  onResponseData (controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body.push(chunk)
    if (this.#body.cost >= maxHeldBytes) controller.pause()
  }

  onResponseEnd (): void {
    this.#close()
    this.#body.end()
  }

  onResponseError (_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#close()
    this.#settle(this.#reason ?? error)
  }

  #close (): void {
    this.#isClosed = true
    this.#closed.resolve()
  }

  #settle (error: Error): void {
    this.#response.reject(error)
    this.#body.fail(error)
  }
}

function headerPairs (raw: Dispatcher.DispatchController['rawHeaders']): HeaderPair[] {
  if (!Array.isArray(raw)) return []
  const pairs: HeaderPair[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([latin1(raw[i]!).toLowerCase(), latin1(raw[i + 1]!)])
  return pairs
}

function latin1 (text: Buffer | string): string {
  return typeof text === 'string' ? text : text.toString('latin1')
}
