import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { Problem, type ProblemCode } from '#shared/errors.ts'
import type { Cancelable } from '../cancelable.ts'
import { sendAnswer, sendFailure, type AnswerRoom, type OriginAnswer } from '../edge/answer.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'
import { originHeaders } from './headers.ts'

export interface HandingOverOptions {
  request: EdgeRequest
  reply: EdgeReply
  admission: AnswerRoom
}

type Head = Omit<OriginAnswer, 'body'>

/** Of a body that is waited for, to be changed as a whole. */
const smallBytes = 8 * 1024

/** An answer of an upstream that is sent by who sends those of functions, since the cache or policies want to see its body. */
export class HandingOver {
  readonly #options: HandingOverOptions
  /** Where it comes from: nobody may want any more of it. */
  readonly #asking: Cancelable
  #isSent = false
  #body: Readable | null = null
  /** A head that waits for a small body, and what has come of that. */
  #waiting: { head: Head, chunks: Buffer[] } | null = null

  constructor (options: HandingOverOptions, asking: Cancelable) {
    this.#options = options
    this.#asking = asking
  }

  /** The client may have got something of it. */
  get isSent (): boolean {
    return this.#isSent
  }

  begin (controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    const { request: { raw: { method }, exchange: { turn } } } = this.#options
    const length = headers['content-length'] === undefined ? null : Number(headers['content-length'])
    const head = { status, headers: originHeaders(headers), ...(length !== null && { length }) }
    if (method === 'HEAD' || status === 204 || status === 304) return this.#send(head, null)
    // A stream to change is a hundred times what a small body costs as a whole. Others may wait for what is to be kept: that goes on without its client.
    if (turn === null && length !== null && length <= smallBytes) this.#waiting = { head, chunks: [] }
    else this.#send(head, this.#open(controller))
  }

  push (controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#waiting !== null) this.#waiting.chunks.push(chunk)
    else if (this.#body?.push(chunk) === false) controller.pause()
  }

  /** @returns why it is refused, where it is; `null`: it is not */
  end (): ProblemCode | null {
    if (this.#waiting === null) {
      this.#body?.push(null)
      return null
    }
    const { head, chunks } = this.#waiting
    this.#waiting = null
    const { revokedBy } = this.#options.request.exchange
    if (revokedBy === null) this.#send(head, Buffer.concat(chunks))
    return revokedBy
  }

  /** @returns whether its client hears of it */
  fail (code: ProblemCode): boolean {
    this.#waiting = null
    this.#body?.destroy(new Problem(code))
    return this.#body !== null
  }

  #open (controller: Dispatcher.DispatchController): Readable {
    return new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        this.#asking.cancel()
        done(error)
      }
    })
  }

  #send (head: Head, body: Readable | Buffer | null): void {
    const { request, reply, admission } = this.#options
    this.#isSent = true
    this.#body = body instanceof Readable ? body : null
    try {
      sendAnswer(request, reply, { ...head, body }, admission)
    } catch (error) {
      this.#asking.cancel()
      sendFailure(request, reply, error, admission)
    }
  }
}
