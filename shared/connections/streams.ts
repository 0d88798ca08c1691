import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Pace, Stall } from './connection.ts'

interface OpenStream {
  request: IncomingMessage
  response: ServerResponse
  /** Since when it has been the client's turn to send, or to read; 0: it is not. */
  uploadSince: number
  answerSince: number
}

/**
 * The requests of one connection that are answered side by side. What moves on the connection is compared with how many of them ought to move: each alone may
 * be held up by the others, and a client that keeps many waiting has to send or read for as many.
 */
export class OpenStreams {
  readonly #open = new Set<OpenStream>()
  #readMark = 0
  #writtenMark = 0

  get size (): number { return this.#open.size }

  begin (request: IncomingMessage, response: ServerResponse): void {
    const stream: OpenStream = { request, response, uploadSince: 0, answerSince: 0 }
    this.#open.add(stream)
    response.once('close', () => this.#open.delete(stream))
  }

  /** To be asked every now and then. @param now milliseconds, of a clock that is never set */
  stall (now: number, { stallMs, minUploadBytesPerSecond }: Pace, { bytesRead, bytesWritten }: Socket): Stall | null {
    const enough = stallMs / 1000 * minUploadBytesPerSecond
    let uploads = 0
    let answers = 0
    for (const stream of this.#open) {
      const { request, response } = stream
      // Who hands it on is slower than the client.
      const sends = !request.complete && request.readableLength < request.readableHighWaterMark
      stream.uploadSince = sends ? stream.uploadSince || now : 0
      stream.answerSince = response.writableLength > 0 ? stream.answerSince || now : 0
      if (stream.uploadSince > 0) uploads++
      if (stream.answerSince > 0) answers++
    }
    if (bytesRead - this.#readMark >= enough * Math.max(1, uploads)) {
      this.#readMark = bytesRead
      for (const stream of this.#open) if (stream.uploadSince > 0) stream.uploadSince = now
    }
    if (bytesWritten - this.#writtenMark >= enough * Math.max(1, answers)) {
      this.#writtenMark = bytesWritten
      for (const stream of this.#open) if (stream.answerSince > 0) stream.answerSince = now
    }
    if (this.#stalled('uploadSince', now, stallMs).length > 0) return 'upload'
    return this.#stalled('answerSince', now, stallMs).length > 0 ? 'answer' : null
  }

  /** Ends those that have stalled, and no other. Where whoever reads a body is told, he answers. */
  giveUp (stall: Stall, now: number, { stallMs }: Pace): void {
    for (const stream of this.#stalled(stall === 'upload' ? 'uploadSince' : 'answerSince', now, stallMs)) {
      const isTold = stall === 'upload' && stream.request.emit('timeout')
      if (isTold) stream.uploadSince = now
      else stream.response.destroy()
    }
  }

  #stalled (since: 'uploadSince' | 'answerSince', now: number, stallMs: number): OpenStream[] {
    return [...this.#open].filter(stream => stream[since] > 0 && now - stream[since] >= stallMs)
  }
}
