import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import type { ProblemCode } from '#shared/errors.ts'
import { standIn, type AnswerRoom } from '../edge/answer.ts'
import type { Turn } from '../cache/turn.ts'
import type { Cancelable } from '../cancelable.ts'
import { cutOff } from '../edge/cut-off.ts'
import type { Lifecycle } from '../edge/drain.ts'
import { refuse } from '../edge/errors.ts'
import { note } from '../explain/note.ts'
import type { Admission } from '../overload/admission.ts'
import type { GatewayLoad } from '../overload/loads.ts'
import { changesBodies } from '../policies/answer-body.ts'
import { finishFields } from '../policies/answer-head.ts'
import { settleUpstreamCost } from '../policies/settle.ts'
import { Asking, type AskingOptions } from './asking.ts'
import { BodyTooLarge } from './body.ts'
import type { Deadline, Deadlines } from './deadlines.ts'
import { describeFailure, LateAnswer, WrongAnswer } from './failure.ts'
import { HandingOver } from './handing-over.ts'
import { answerHeaders, originHeaders } from './headers.ts'
import { conditionOf, isGatewayError } from './retries.ts'
import { addAnswerTrailers, announcedTrailers } from './trailers.ts'
import type { EdgeReply } from '../edge/reply.ts'

export interface ForwardingOptions extends AskingOptions {
  reply: EdgeReply
  lifecycle: Lifecycle
  deadlines: Deadlines
  admission: Pick<Admission, 'begin' | 'end'> & AnswerRoom
}

/** Of a body that is joined with its head. */
const smallBytes = 8 * 1024

/** One request on its way to an upstream, and its answer on its way back. Neither is held: whoever reads slowly slows the writer down. */
export class Forwarding extends Asking implements Deadline, Cancelable {
  readonly #options: ForwardingOptions
  readonly #raw: ServerResponse
  protected readonly startedAt = performance.now()
  #deadlineAt = Infinity
  /** Of its deadline. */
  #ticket = 0
  /** While it waits for the head of its answer. */
  #load: GatewayLoad | null = null
  #isPaused = false
  /** The head waits for what may be right behind it. */
  #isHeadHeld = false
  /** What came first of the body, for as long as the head is held. */
  #held: Buffer | null = null
  /** `null`: it is sent on from here. */
  #handingOver: HandingOver | null = null

  constructor (options: ForwardingOptions) {
    super(options)
    this.#options = options
    this.#raw = options.reply.raw
  }

  begin (): void {
    const { request, service: { timeouts: { totalMs } }, admission } = this.#options
    this.#load = admission.begin(request.exchange.environment!.gatewayId)
    request.exchange.running = this
    this.#deadlineAt = this.startedAt + totalMs
    this.#ticket = this.#options.deadlines.add(this)
    this.ask()
  }

  get deadlineAt (): number {
    return this.#deadlineAt
  }

  expire (): void {
    if (!this.isOver) this.fail(new LateAnswer(this.#options.service.timeouts.totalMs))
  }

  onResponseStart (controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // 1xx: the answer is still to come, and what they say is said to us.
    if (this.isOver || status < 200) return
    if (status > 599) return this.fail(new WrongAnswer(`it answered with the status ${status}`))
    this.judge(status, null)
    if (isGatewayError(status) && this.mayAskAgain('gateway-error')) {
      this.askAgain(status, null)
      return controller.abort(new Error('another target is asked'))
    }
    this.#answered()
    const { request, reply, lifecycle } = this.#options
    const { exchange } = request
    exchange.functionMs = performance.now() - this.startedAt
    note(exchange, 'upstream', 'answered')
    if (exchange.revokedBy !== null) return this.refuse(exchange.revokedBy, new Error('the key was revoked'))
    settleUpstreamCost(request, reply, headers)
    const closes = lifecycle.draining || !this.isSent
    if (closes) reply.header('connection', 'close')
    if (changesBodies(request) || (exchange.turn !== null && !passBy(exchange.turn, reply, status, headers))) {
      this.#handingOver = new HandingOver(this.#options, this)
      return this.#handingOver.begin(controller, status, headers)
    }
    const fields = answerHeaders(reply, headers, { status, corsDecided: exchange.environment!.cors !== null })
    const shown = finishFields(request, status, fields)
    const announced = this.wantsTrailers ? announcedTrailers(headers, request.raw.method!, status) : null
    if (announced !== null) fields.push('trailer', announced)
    this.#raw.writeHead(shown, fields)
    // Most bodies come right behind, and leave together with the head.
    this.#isHeadHeld = true
    process.nextTick(flush, this)
  }

  onResponseData (controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return
    if (this.#handingOver !== null) return this.#handingOver.push(controller, chunk)
    // Writing to what is destroyed would be an error that nobody hears.
    if (this.#raw.destroyed) return
    this.#options.request.exchange.bodyBytes += chunk.length
    if (this.#isHeadHeld && this.#held === null && chunk.length <= smallBytes) this.#held = chunk
    else this.#write(controller, chunk)
  }

  #write (controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#isHeadHeld = false
    if (this.#held !== null) this.#raw.write(this.#held)
    this.#held = null
    if (this.#raw.write(chunk)) return
    controller.pause()
    if (!this.#isPaused) this.#raw.on('drain', () => controller.resume())
    this.#isPaused = true
  }

  onResponseEnd (_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    if (this.connection !== null) this.connection.answers++
    if (this.isOver) return
    this.settle()
    if (this.#handingOver !== null) {
      const refused = this.#handingOver.end()
      return refused === null ? undefined : this.#answer(refused)
    }
    if (this.wantsTrailers) addAnswerTrailers(this.#raw, trailers)
    const all = this.#held
    this.#held = null
    // Node.js joins a string with the head to one, which is written at half the cost of two buffers.
    if (all === null) this.#raw.end()
    else this.#raw.end(all.toString('latin1'), 'latin1')
  }

  onResponseError (controller: Dispatcher.DispatchController | null, error: Error): void {
    // That of an attempt before says nothing of this one. What was never sent has no controller: `undefined`, whatever the type says.
    if (!this.isOver && (controller ?? this.controller) === this.controller) this.fail(error)
  }

  flush (): void {
    if (this.isOver || !this.#isHeadHeld || this.#raw.destroyed) return
    this.#isHeadHeld = false
    if (this.#held === null) this.#raw.flushHeaders()
    else this.#raw.write(this.#held)
    this.#held = null
  }

  /** The client is gone. */
  cancel (): void {
    if (this.isOver) return
    this.settle()
    this.controller?.abort(new Error('the client is gone'))
  }

  protected fail (error: Error): void {
    const isBackground = this.#options.request.exchange.turn?.isBackground === true
    if (this.#raw.destroyed && this.#handingOver === null && !isBackground) return this.cancel()
    if (this.isStale(error)) return this.sendAnew()
    const hasHead = this.#handingOver !== null || (this.#raw.headersSent && !isBackground)
    const isAnswered = this.#handingOver === null ? hasHead : this.#handingOver.isSent
    if (error instanceof BodyTooLarge && !isAnswered) return this.refuse('payload_too_large', error)
    const { request, reply, tell } = this.#options
    const { controller } = this
    const { code, reason } = describeFailure(error, this.target.address)
    if (hasHead) this.report(0)
    else this.judge(0, code)
    if (!hasHead && !(error instanceof LateAnswer) && this.mayAskAgain(conditionOf(code, controller !== null))) {
      this.askAgain(0, code)
      return controller?.abort(error)
    }
    this.settle()
    tell(request, 'error', reason, code)
    // Otherwise whoever reads the body tells the client.
    if (this.#handingOver?.fail(code) !== true) {
      if (isAnswered) cutOff(request, reply, code)
      else this.#failUnanswered(code)
    }
    controller?.abort(error)
  }

  #failUnanswered (code: ProblemCode): void {
    this.#options.request.exchange.functionMs = performance.now() - this.startedAt
    this.#answer(code)
  }

  /** Before anything was answered. */
  protected refuse (code: ProblemCode, reason: Error): void {
    this.settle()
    this.#answer(code)
    this.controller?.abort(reason)
  }

  #answer (code: ProblemCode): void {
    const { request, reply, admission } = this.#options
    if (standIn(request, reply, admission)) return
    // What is left of the body is nobody's, so nobody knows where the next request begins.
    refuse(request, reply, code, this.isSent ? {} : { headers: { connection: 'close' } })
  }

  #answered (): void {
    if (this.#load !== null) this.#options.admission.end(this.#load)
    this.#load = null
  }

  protected settle (): void {
    this.#answered()
    this.#options.deadlines.remove(this.#ticket)
    this.end()
  }
}

/** @returns whether the cache has nothing to do with the answer but to say so (RFC 9211: behind those that are nearer to the origin) */
function passBy (turn: Turn, reply: EdgeReply, status: number, headers: IncomingHttpHeaders): boolean {
  const said = turn.passBy({ status, headers: originHeaders(headers) })
  if (said === null) return false
  const before = headers['cache-status']
  reply.header('cache-status', before === undefined ? said : `${String(before)}, ${said}`)
  delete headers['cache-status']
  // Between the origin and the cache.
  delete headers['cache-tag']
  return true
}

function flush (forwarding: Forwarding): void {
  forwarding.flush()
}
