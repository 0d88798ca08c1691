import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { Problem, type ProblemCode } from '#shared/errors.ts'
import { sendAnswer, type AnswerRoom } from '../edge/answer.ts'
import { cutOff } from '../edge/cut-off.ts'
import type { Lifecycle } from '../edge/drain.ts'
import { refuse } from '../edge/errors.ts'
import type { Admission } from '../overload/admission.ts'
import type { GatewayLoad } from '../overload/loads.ts'
import { note } from '../explain/note.ts'
import { changesBodies } from '../policies/answer-body.ts'
import { finishFields } from '../policies/answer-head.ts'
import { settleUpstreamCost } from '../policies/settle.ts'
import { ConnectionUser } from './connection.ts'
import { describeFailure, isConnectionLoss, LateAnswer, WrongAnswer } from './failure.ts'
import { BodyTooLarge, outgoingBody } from './body.ts'
import { answerHeaders, originHeaders, upstreamRequestHeaders } from './headers.ts'
import type { UpstreamPool } from './pools.ts'
import type { UpstreamAddress } from './target.ts'
import { addAnswerTrailers, announcedTrailers, takesTrailers } from './trailers.ts'

export interface ForwardingOptions {
  request: FastifyRequest
  reply: FastifyReply
  pool: UpstreamPool
  address: UpstreamAddress
  lifecycle: Lifecycle
  admission: Pick<Admission, 'begin' | 'end'> & AnswerRoom
  explain: (request: FastifyRequest, code: string, message: string) => void
}

/** RFC 9110, section 9.2.2: what may be sent again without anybody's leave. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** One request on its way to an upstream, and its answer on its way back. Neither is held: whoever reads slowly slows the writer down. */
export class Forwarding extends ConnectionUser implements Dispatcher.DispatchHandler {
  readonly #options: ForwardingOptions
  readonly #raw: ServerResponse
  readonly #dispatched: Dispatcher.DispatchOptions
  readonly #startedAt = performance.now()
  #deadline: NodeJS.Timeout | null = null
  #controller: Dispatcher.DispatchController | null = null
  /** While it waits for the head of its answer. */
  #load: GatewayLoad | null = null
  #hasBegun = false
  #isReused = false
  #isRetry = false
  #isPaused = false
  #hasBody = false
  readonly #wantsTrailers: boolean
  /** Its answer is sent by who sends those of functions. */
  #isHandedOver = false
  #body: Readable | null = null
  /** Nothing more is done for it, whatever the HTTP client still says. */
  #isOver = false

  constructor (options: ForwardingOptions) {
    super()
    const { request, reply, address } = options
    this.#options = options
    this.#raw = reply.raw
    const { raw, exchange: { match, target: { path, query } } } = request
    const asked = match!.target.upstream!.pathOf(path)
    const hasBody = sendsBody(raw.method!, raw.headers)
    this.#wantsTrailers = takesTrailers(raw)
    this.#dispatched = {
      origin: address.origin,
      path: query === '' ? asked : `${asked}?${query}`,
      method: raw.method as Dispatcher.HttpMethod,
      headers: upstreamRequestHeaders(request, hasBody, this.#wantsTrailers),
      body: hasBody ? outgoingBody(request) : null,
      headersTimeout: address.timeouts.firstByteMs,
      // A stream may be silent for long; all of it has its end.
      bodyTimeout: 0
    }
  }

  begin (): void {
    const { request, pool, address, admission } = this.#options
    pool.running++
    this.#load = admission.begin(request.exchange.environment!.gatewayId)
    request.exchange.cancel = () => this.#abandon()
    this.#deadline = setTimeout(() => this.#fail(new LateAnswer(address.timeouts.totalMs)), address.timeouts.totalMs)
    pool.dispatcher.dispatch(this.#dispatched, this)
  }

  onRequestStart (controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#isReused = this.connection !== null && this.connection.answers > 0
    // While it waited for a connection there was no way to take it back.
    if (this.#isOver) controller.abort(new Error('nobody waits any more'))
  }

  onResponseStarted (): void {
    this.#hasBegun = true
  }

  onResponseStart (controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // 1xx: the answer is still to come, and what they say is said to us.
    if (this.#isOver || status < 200) return
    if (status > 599) return this.#fail(new WrongAnswer(`it answered with the status ${status}`))
    this.#answered()
    const { request, reply, lifecycle } = this.#options
    const { exchange } = request
    exchange.functionMs = performance.now() - this.#startedAt
    note(exchange, 'upstream', 'answered')
    if (exchange.revokedBy !== null) return this.#refuse(exchange.revokedBy, new Error('the key was revoked'))
    settleUpstreamCost(request, reply, headers)
    const closes = lifecycle.draining || !this.#isSent()
    if (changesBodies(request)) {
      if (closes) reply.header('connection', 'close')
      return this.#handOver(controller, status, headers)
    }
    const own = reply.getHeaders()
    if (closes) own.connection = 'close'
    const fields = answerHeaders(own, headers, { status, corsDecided: exchange.environment!.cors !== null })
    finishFields(request, status, fields)
    const announced = this.#wantsTrailers ? announcedTrailers(headers, this.#dispatched.method, status) : null
    if (announced !== null) fields.push('trailer', announced)
    this.#raw.writeHead(status, fields)
    // Most bodies come right behind, and leave together with the head.
    process.nextTick(flush, this)
  }

  /** To who sends what functions answer as well. */
  #handOver (controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    const { request, reply, admission } = this.#options
    const length = headers['content-length'] === undefined ? {} : { length: Number(headers['content-length']) }
    this.#isHandedOver = true
    const isEmpty = request.raw.method === 'HEAD' || status === 204 || status === 304
    this.#body = isEmpty
      ? null
      : new Readable({
        read: () => controller.resume(),
        destroy: (error, done) => {
          this.#abandon()
          done(error)
        }
      })
    try {
      sendAnswer(request, reply, { status, headers: originHeaders(headers), body: this.#body, ...length }, admission)
    } catch (error) {
      this.#abandon()
      reply.send(error)
    }
  }

  onResponseData (controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // Writing to what is destroyed would be an error that nobody hears.
    if (this.#isOver || this.#raw.destroyed) return
    if (this.#isHandedOver) {
      if (this.#body?.push(chunk) === false) controller.pause()
      return
    }
    this.#hasBody = true
    this.#options.request.exchange.bodyBytes += chunk.length
    if (this.#raw.write(chunk)) return
    controller.pause()
    if (!this.#isPaused) this.#raw.on('drain', () => controller.resume())
    this.#isPaused = true
  }

  onResponseEnd (_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    if (this.connection !== null) this.connection.answers++
    if (this.#isOver) return
    this.#settle()
    if (this.#isHandedOver) {
      this.#body?.push(null)
      return
    }
    if (this.#wantsTrailers) addAnswerTrailers(this.#raw, trailers)
    this.#raw.end()
  }

  onResponseError (_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (!this.#isOver) this.#fail(error)
  }

  flush (): void {
    if (!this.#isOver && !this.#hasBody) this.#raw.flushHeaders()
  }

  /** The client is gone. */
  #abandon (): void {
    if (this.#isOver) return
    this.#settle()
    this.#controller?.abort(new Error('the client is gone'))
  }

  #fail (error: Error): void {
    if (this.#raw.destroyed) return this.#abandon()
    if (this.#mayTryAgain(error)) return this.#tryAgain()
    if (error instanceof BodyTooLarge && !this.#raw.headersSent) return this.#refuse('payload_too_large', error)
    const { request, reply, address, explain } = this.#options
    this.#settle()
    const { code, reason } = describeFailure(error, address)
    explain(request, code, reason)
    if (this.#body !== null) {
      this.#body.destroy(new Problem(code))
    } else if (this.#raw.headersSent) {
      cutOff(request, reply, code)
    } else {
      request.exchange.functionMs = performance.now() - this.#startedAt
      this.#answer(code)
    }
    this.#controller?.abort(error)
  }

  /** Before anything was answered. */
  #refuse (code: ProblemCode, reason: Error): void {
    this.#settle()
    this.#answer(code)
    this.#controller?.abort(reason)
  }

  #answer (code: ProblemCode): void {
    const { request, reply } = this.#options
    // What is left of the body is nobody's, so nobody knows where the next request begins.
    refuse(request, reply, code, this.#isSent() ? {} : { headers: { connection: 'close' } })
  }

  /** The other side may close a connection that has been silent while a request is on its way to it: it has seen nothing of that. */
  #mayTryAgain (error: Error): boolean {
    const { method, body } = this.#dispatched
    return this.#isReused && !this.#isRetry && !this.#hasBegun && body === null && idempotent.has(method) && isConnectionLoss(error)
  }

  #tryAgain (): void {
    this.#isRetry = true
    this.#controller = null
    this.#options.pool.fresh().dispatch(this.#dispatched, this)
  }

  /** Whether all of the request has been received, and so sent on. */
  #isSent (): boolean {
    return this.#dispatched.body === null || this.#options.request.raw.complete
  }

  #answered (): void {
    if (this.#load !== null) this.#options.admission.end(this.#load)
    this.#load = null
  }

  #settle (): void {
    this.#isOver = true
    this.#answered()
    this.#options.pool.running--
    if (this.#deadline !== null) clearTimeout(this.#deadline)
  }
}

function flush (forwarding: Forwarding): void {
  forwarding.flush()
}

/** What is behind a GET or HEAD is nobody's, whatever it says. */
function sendsBody (method: string, headers: IncomingHttpHeaders): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && Number(headers['content-length']) > 0)
}
