import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { OpenStreams } from './streams.ts'

/** What a client may take its time with. */
export interface Pace {
  /** An upload or an answer has to have got on after this time. */
  stallMs: number
  /** As which an upload counts as getting on. */
  minUploadBytesPerSecond: number
}

/** Which of its duties a client has neglected. */
export type Stall = 'upload' | 'answer'

/** All that one address holds. */
export interface Holder {
  readonly address: string
  /** One connection of a proxy is many clients'. */
  readonly isProxy: boolean
  readonly connections: Set<Connection>
}

/** One client's connection, and how it gets on. */
export class Connection {
  /** The one on which requests come: where TLS is spoken, not the one below. */
  socket: Socket
  readonly holder: Holder
  /** Nothing but health is answered on it: there was no room for more. */
  readonly isReserve: boolean
  /** Requests that have not been answered to their end. */
  unanswered = 0
  hasAsked = false
  /** The last one, as long as it is answered or still comes in: nothing of a request is kept for a connection that waits. */
  #request: IncomingMessage | null = null
  /** Where requests are answered side by side; `null`: one after the other. */
  #streams: OpenStreams | null = null
  #uploadMark = 0
  #uploadSince = 0
  #unsentMark = ''
  #unsentSince = 0

  constructor (socket: Socket, holder: Holder, isReserve: boolean) {
    this.socket = socket
    this.holder = holder
    this.isReserve = isReserve
  }

  /** Nobody misses it but a client that can ask again on another one. */
  get isWaiting (): boolean {
    return this.#streams === null ? this.#request === null : this.#streams.size === 0
  }

  /** HTTP/2 is spoken on it. */
  multiplex (): void {
    this.#streams = new OpenStreams()
  }

  begin (request: IncomingMessage, response: ServerResponse): void {
    this.hasAsked = true
    if (this.#streams !== null) return this.#streams.begin(request, response)
    this.unanswered++
    this.#request = request
    response.on('close', this.#end)
  }

  readonly #end = (): void => {
    this.unanswered--
    // What is left of a body that was not wanted still comes in.
    if (this.unanswered === 0 && this.#request?.complete === true) this.#request = null
  }

  /** To be asked every now and then. `null`: the client does its part, or it is not its turn. @param now milliseconds, of a clock that is never set */
  stall (now: number, pace: Pace): Stall | null {
    // What has come up to the socket and goes no further has stalled, whoever it is for.
    if (this.#streams !== null) return this.#hasAnswerStalled(now, pace) ? 'answer' : this.#streams.stall(now, pace, this.socket)
    if (this.#request === null) return null
    if (this.#hasUploadStalled(this.#request, now, pace)) return 'upload'
    if (this.#hasAnswerStalled(now, pace)) return 'answer'
    if (this.unanswered === 0 && this.#request.complete) this.#request = null
    return null
  }

  /** Tells the one that reads the request, if there is one. */
  giveUp (stall: Stall, now: number, pace: Pace): void {
    if (this.#streams !== null && !this.#hasAnswerStalled(now, pace)) return this.#streams.giveUp(stall, now, pace)
    if (stall === 'upload' && this.#request!.emit('timeout', this.socket)) {
      this.#uploadSince = 0
      return
    }
    // What is unsent would otherwise stay in the kernel for as long as the client keeps silent.
    this.socket.resetAndDestroy()
  }

  /** At least so much since the mark, or not so long since: it can neither stand still nor drip. */
  #hasUploadStalled (request: IncomingMessage, now: number, { stallMs, minUploadBytesPerSecond }: Pace): boolean {
    // Who hands it on is slower than the client.
    const isOurTurn = request.readableLength >= request.readableHighWaterMark
    const { bytesRead } = this.socket
    const enough = stallMs / 1000 * minUploadBytesPerSecond
    if (request.complete || isOurTurn || this.#uploadSince === 0 || bytesRead - this.#uploadMark >= enough) {
      this.#uploadMark = bytesRead
      this.#uploadSince = request.complete ? 0 : now
      return false
    }
    return now - this.#uploadSince >= stallMs
  }

  /** A stream that has nothing to send has not stalled. The kernel takes more only when the client has read a good part of what it has. */
  #hasAnswerStalled (now: number, { stallMs }: Pace): boolean {
    const unsent = describeUnsent(this.socket)
    if (unsent === '' || unsent !== this.#unsentMark) {
      this.#unsentMark = unsent
      this.#unsentSince = now
      return false
    }
    return now - this.#unsentSince >= stallMs
  }
}

/**
 * Something else whenever some of it has been sent; empty where nothing waits. Node has no public name for how much of a chunk has gone;
 * its own time-out of sockets asks the same, but is put off as well by what a client sends.
 */
function describeUnsent (socket: Socket): string {
  if (socket.writableLength === 0) return ''
  const { _handle: handle } = socket as { _handle?: { writeQueueSize: number } | null }
  return `${socket.bytesWritten - socket.writableLength} ${handle?.writeQueueSize}`
}
