import type { AddressGuard } from './addresses.ts'
import { decodeBody, responseTooLarge } from './decode.ts'
import { EgressError, quote, toEgressError } from './errors.ts'
import { startExchange, type Exchange, type WireResponse } from './exchange.ts'
import type { EgressRequest, EgressResponse } from './fetch.ts'
import type { EgressLimits } from './limits.ts'
import { isRedirect, locationOf, nextHop } from './redirect.ts'
import type { Hop } from './request.ts'
import { readContent, type Content } from './request-body.ts'
import type { Lease } from './tenants.ts'

/** Of the connection and not of the response (RFC 9110, section 7.6.1). */
const connectionHeaders: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'
])
/** Fetch Standard, "null body status". */
const bodyless: ReadonlySet<number> = new Set([204, 205, 304])

/** One call of `fetch`, from its first connection to the last byte of its body. */
export class Run {
  readonly #request: EgressRequest
  readonly #guard: AddressGuard
  readonly #limits: EgressLimits
  readonly #lease: Lease
  readonly #closed = Promise.withResolvers<void>()
  /** Rejects when it is stopped. */
  readonly #stopped = Promise.withResolvers<never>()
  readonly #exchanges: Exchange[] = []
  readonly #source: AsyncIterator<Uint8Array> | null
  #content: Content | null = null
  #failure: EgressError | null = null
  #finished = false
  #deadline: NodeJS.Timeout | undefined
  #signal: AbortSignal | undefined
  readonly #abort = (): void => this.stop(new EgressError('aborted', 'the request was aborted'))
  #host = ''

  constructor (request: EgressRequest, guard: AddressGuard, limits: EgressLimits, lease: Lease) {
    this.#request = request
    this.#guard = guard
    this.#limits = limits
    this.#lease = lease
    this.#source = request.content?.[Symbol.asyncIterator]() ?? null
    this.#stopped.promise.catch(() => undefined)
  }

  /** Resolves when no connection is in use for it any more. */
  get closed (): Promise<void> {
    return this.#closed.promise
  }

  /** @throws {EgressError} */
  async start (hop: Hop, signal: AbortSignal | undefined): Promise<EgressResponse> {
    const { totalTimeoutMs } = this.#limits
    this.#deadline = setTimeout(() => this.stop(new EgressError('timeout', `the request took longer than ${totalTimeoutMs} ms`)), totalTimeoutMs)
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort, { once: true })
    try {
      if (signal?.aborted) this.#abort()
      const { response, last } = await this.#follow(hop)
      return this.#deliver(response, last)
    } catch (error) {
      throw this.#fail(error)
    }
  }

  /** Ends it with this error, wherever it is. */
  stop (reason: EgressError): void {
    if (this.#finished) return
    this.#failure ??= reason
    this.#stopped.reject(reason)
    this.#finish()
  }

  async #follow (first: Hop): Promise<{ response: WireResponse, last: Hop }> {
    if (first.hasBody && this.#source !== null) {
      const length = this.#request.body?.length ?? null
      this.#content = await Promise.race([readContent(this.#source, length, this.#limits), this.#stopped.promise])
    }
    for (let hop = first, redirects = 0; ; redirects++) {
      if (this.#failure !== null) throw this.#failure
      this.#host = hop.url.host
      const response = await this.#exchange(hop)
      if (this.#request.redirect === 'manual' || !isRedirect(response.status)) return { response, last: hop }
      const location = locationOf(response.headers)
      if (this.#request.redirect === 'error') {
        throw new EgressError('redirect_refused', `redirected to ${quote(location ?? '')}, and the request does not allow redirects`)
      }
      const next = nextHop(hop, response.status, location, this.#content?.replayable ?? true, this.#guard)
      if (next === null) return { response, last: hop }
      if (redirects >= this.#limits.maxRedirects) throw new EgressError('too_many_redirects', `too many redirects: more than ${this.#limits.maxRedirects}`)
      await response.body.return()
      hop = next
    }
  }

  async #exchange (hop: Hop): Promise<WireResponse> {
    const content = hop.hasBody ? this.#content : null
    const exchange = startExchange(this.#lease.pool(hop.url.origin), hop, {
      body: content?.body ?? null,
      bodyLength: content?.length ?? null,
      headersTimeoutMs: this.#limits.headersTimeoutMs,
      idleTimeoutMs: this.#limits.idleTimeoutMs
    })
    this.#exchanges.push(exchange)
    return await exchange.response
  }

  #deliver (response: WireResponse, { method, url }: Hop): EgressResponse {
    const wire = response.headers.filter(([name]) => !connectionHeaders.has(name))
    const head = { status: response.status, statusText: response.statusText, url: withoutFragment(url), redirected: this.#exchanges.length > 1 }
    if (method === 'HEAD' || bodyless.has(response.status)) {
      this.#finish()
      return { ...head, headers: wire, body: null }
    }
    const { maxResponseBytes } = this.#limits
    if (Number(wire.find(([name]) => name === 'content-length')?.[1] ?? 0) > maxResponseBytes) throw responseTooLarge(maxResponseBytes)
    const { headers, body } = decodeBody(wire, response.body, maxResponseBytes)
    return { ...head, headers, body: this.#readable(body[Symbol.asyncIterator]()) }
  }

  /** Not a generator: one that was not started yet would let `return` pass without freeing anything. */
  #readable (chunks: AsyncIterator<Buffer>): AsyncIterableIterator<Buffer> {
    const body: AsyncIterableIterator<Buffer> = {
      next: async () => {
        try {
          if (this.#failure !== null) throw this.#failure
          const result = await chunks.next()
          if (result.done === true) this.#finish()
          return result
        } catch (error) {
          throw this.#fail(error)
        }
      },
      return: async () => {
        this.stop(new EgressError('aborted', 'the response is not wanted any more'))
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]: () => body
    }
    return body
  }

  #fail (error: unknown): EgressError {
    const { connectTimeoutMs, headersTimeoutMs, idleTimeoutMs, maxHeaderBytes } = this.#limits
    this.#failure ??= toEgressError(error, { host: this.#host, connectTimeoutMs, headersTimeoutMs, idleTimeoutMs, maxHeaderBytes })
    this.#finish()
    return this.#failure
  }

  /** Whatever is still going on ends; the place among the tenant's requests is given back when the HTTP client is done with them. */
  #finish (): void {
    if (this.#finished) return
    this.#finished = true
    clearTimeout(this.#deadline)
    this.#signal?.removeEventListener('abort', this.#abort)
    const reason = this.#failure ?? new EgressError('aborted', 'the request is over')
    for (const exchange of this.#exchanges) exchange.abort(reason)
    void this.#source?.return?.()
    void this.#release()
  }

  async #release (): Promise<void> {
    // Without a wait where there is nothing to wait for: who reads the end of one response may begin the next request at once.
    for (const exchange of this.#exchanges) if (!exchange.isClosed()) await exchange.closed
    this.#lease.release()
    this.#closed.resolve()
  }
}

function withoutFragment (url: URL): string {
  const text = url.href
  const at = text.indexOf('#')
  return at < 0 ? text : text.slice(0, at)
}

