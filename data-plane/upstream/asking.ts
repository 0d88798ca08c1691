import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { ProblemCode } from '#shared/errors.ts'
import type { RetryCondition } from '#shared/upstream-options.ts'
import { askedRequest } from '../policies/asked-request.ts'
import { outgoingBody } from './body.ts'
import { ConnectionUser } from './connection.ts'
import { isConnectionLoss } from './failure.ts'
import type { TellOwner } from './forward.ts'
import { upstreamRequestHeaders } from './headers.ts'
import type { UpstreamPools } from './pools.ts'
import { firstByteMs, isRepeatable } from './retries.ts'
import type { UpstreamService } from './service.ts'
import type { Target } from './target.ts'
import { takesTrailers } from './trailers.ts'
import type { EdgeRequest } from '../edge/request.ts'

export interface AskingOptions {
  request: EdgeRequest
  service: UpstreamService
  pools: UpstreamPools
  tell: TellOwner
  /** What the connection is to become. */
  upgrade?: 'websocket'
}

/** How an upstream is asked: which target, whether another one after it, and what is made of what comes of each. Answers are for who extends it. */
export abstract class Asking extends ConnectionUser implements Dispatcher.DispatchHandler {
  protected readonly wantsTrailers: boolean
  /** Of the attempt under way; `null`: nothing of it has been sent. */
  protected controller: Dispatcher.DispatchController | null = null
  /** For the circuit breaker; `null`: nothing is known. */
  protected hasFailed: boolean | null = null
  /** Nothing more is done for it, whatever the HTTP client still says. */
  protected isOver = false
  readonly #asking: AskingOptions
  #target: Target
  #dispatched: Dispatcher.DispatchOptions
  #attemptedAt = 0
  /** Something of an answer has come. */
  #hasBegun = false
  #isReused = false
  #isSentAnew = false
  /** Of the attempts before. */
  #tried: Target[] | null = null

  constructor (asking: AskingOptions) {
    super()
    const { request, service } = asking
    this.#asking = asking
    const { raw, exchange: { match, target: sent } } = request
    const mapped = match!.target.upstream!.pathOf(sent.path)
    const asked = askedRequest(request, mapped)
    const path = asked === null ? mapped : asked.path
    const { query } = asked ?? sent
    const method = asked === null ? raw.method! : asked.method
    const hasBody = method !== 'GET' && sendsBody(raw.method!, raw.headers)
    this.wantsTrailers = takesTrailers(raw)
    const target = service.choose(request, null)
    this.#target = target
    this.#dispatched = {
      origin: target.address.origin,
      path: target.base + (query === '' ? path : `${path}?${query}`),
      method,
      headers: upstreamRequestHeaders(request, hasBody, this.wantsTrailers, asked === null ? null : asked.host),
      body: hasBody ? outgoingBody(request) : null,
      headersTimeout: firstByteMs(service.timeouts, service.retries, 0),
      // A stream may be silent for long; all of it has its end.
      bodyTimeout: 0,
      upgrade: asking.upgrade ?? null
    }
  }

  protected get target (): Target {
    return this.#target
  }

  /** Whether all of the request has been received, and so sent on. */
  protected get isSent (): boolean {
    return this.#dispatched.body === null || this.#asking.request.raw.complete
  }

  protected ask (): void {
    const { service: { state, retries } } = this.#asking
    state.running++
    if (retries !== null) state.budget.deposit(retries.budget)
    this.#attempt()
  }

  #attempt (): void {
    this.#attemptedAt = performance.now()
    this.#target.state.running++
    const { pools, upgrade } = this.#asking
    const { address, upgradeAddress } = this.#target
    // A connection that becomes something else is no good for the pool.
    const dispatcher = upgrade === undefined ? pools.of(address).dispatcher : pools.of(upgradeAddress).fresh()
    dispatcher.dispatch(this.#dispatched, this)
  }

  onRequestStart (controller: Dispatcher.DispatchController): void {
    this.controller = controller
    this.#isReused = this.connection !== null && this.connection.answers > 0
    // While it waited for a connection there was no way to take it back.
    if (this.isOver) controller.abort(new Error('nobody waits any more'))
  }

  onResponseStarted (): void {
    this.#hasBegun = true
  }

  /** The other side may close a connection that has been silent while a request is on its way to it: it has seen nothing of that. */
  protected isStale (error: Error): boolean {
    return this.#isReused && !this.#isSentAnew && !this.#hasBegun && this.#isRepeatable() && isConnectionLoss(error)
  }

  #isRepeatable (): boolean {
    const { method, body } = this.#dispatched
    return isRepeatable(method, body !== null && !Buffer.isBuffer(body))
  }

  /** To the same target: nothing is wrong with it. */
  protected sendAnew (): void {
    this.#note(0, 'upstream_failed')
    this.#isSentAnew = true
    this.controller = null
    this.#attemptedAt = performance.now()
    this.#asking.pools.of(this.#target.address).fresh().dispatch(this.#dispatched, this)
  }

  protected mayAskAgain (condition: RetryCondition): boolean {
    const { service: { retries, state } } = this.#asking
    if (retries === null || !retries.on.includes(condition) || (this.#tried?.length ?? 0) >= retries.attempts) return false
    // Where nothing was sent, nothing of the body has been read.
    return (condition === 'connect-failure' || this.#isRepeatable()) && state.budget.take(retries.budget, performance.now())
  }

  /** Another target. The attempt before has been judged; here it is noted where nobody has wanted to know of attempts till now. */
  protected askAgain (status: number, code: ProblemCode | null): void {
    const { request, service } = this.#asking
    if (request.exchange.attempts === null) this.#note(status, code)
    const before = this.#target
    before.state.running--
    const tried = this.#tried ??= []
    tried.push(before)
    const target = this.#target = service.choose(request, tried)
    this.connection = null
    this.controller = null
    this.#hasBegun = false
    this.#dispatched = {
      ...this.#dispatched,
      origin: target.address.origin,
      path: target.base + this.#dispatched.path.slice(before.base.length),
      headersTimeout: firstByteMs(service.timeouts, service.retries, tried.length)
    }
    this.#attempt()
  }

  /** What has come of the attempt. @param status 0: there was no answer */
  protected judge (status: number, code: ProblemCode | null): void {
    if (this.#asking.request.exchange.attempts !== null) this.#note(status, code)
    this.report(status)
  }

  /** @param status 0: there was no answer, or not all of it */
  protected report (status: number): void {
    const { request, service, tell } = this.#asking
    const { circuitBreaker } = service
    if (circuitBreaker !== null) this.hasFailed = status === 0 || circuitBreaker.failureStatuses.includes(status)
    if (!service.watches) return
    const seconds = service.report(this.#target, status)
    if (seconds > 0) tell(request, 'warn', `${this.#target.url} is left out for ${seconds} s: it has failed too often`)
  }

  #note (status: number, code: ProblemCode | null): void {
    const { exchange } = this.#asking.request
    const attempts = exchange.attempts ??= []
    attempts.push({ target: this.#target.url, status: status === 0 ? null : status, code, ms: performance.now() - this.#attemptedAt })
  }

  /** Once, when nothing more is done for it. */
  protected end (): void {
    const { service: { circuitBreaker, state }, request, tell } = this.#asking
    this.isOver = true
    state.running--
    this.#target.state.running--
    if (circuitBreaker === null || !state.circuit.end(circuitBreaker, performance.now(), this.hasFailed)) return
    tell(request, 'warn', `it has failed too often, and is not asked for ${circuitBreaker.openSeconds} s`, 'upstream_circuit_open')
  }
}

/** What is behind a GET or HEAD is nobody's, whatever it says. */
function sendsBody (method: string, headers: IncomingHttpHeaders): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && Number(headers['content-length']) > 0)
}
