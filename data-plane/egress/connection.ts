import type { Socket } from 'node:net'
import { FrameError } from '../functions/frames.ts'
import { EgressError } from './errors.ts'
import type { Egress, EgressResponse } from './fetch.ts'
import { Credit, Inbox, slices } from './flow.ts'
import { FramedSocket } from './framed-socket.ts'
import {
  egressFrameTypes as types, readRequestHead, readWindow, writeChunk, writeEmpty, writeJson, writeWindow
} from './protocol.ts'
import type { EgressRequestHead } from './request.ts'

/** At the same time on one connection, of whichever tenants. */
const maxRequests = 1_024

interface Running {
  controller: AbortController
  credit: Credit
  inbox: Inbox | null
}

export interface ConnectionOptions {
  /** For this connection alone, so that sandboxes share nothing: it is closed with it. */
  egress: Egress
  /** What went wrong without being the request's fault, or what the other side should not have sent. */
  onFault: (error: Error) => void
}

/** The egress's end of a sandbox's connection. When it closes, whatever was begun for it ends. */
export function serveConnection (socket: Socket, options: ConnectionOptions): { close: () => void } {
  return new Connection(socket, options)
}

class Connection {
  readonly #framed: FramedSocket
  readonly #egress: Egress
  readonly #onFault: (error: Error) => void
  readonly #running = new Map<number, Running>()

  constructor (socket: Socket, { egress, onFault }: ConnectionOptions) {
    this.#egress = egress
    this.#onFault = onFault
    this.#framed = new FramedSocket(socket, {
      onFrame: (type, id, payload) => this.#receive(type, id, payload),
      onClose: error => {
        if (error !== null) onFault(error)
        for (const [id, running] of this.#running) this.#end(id, running)
        void egress.close()
      }
    })
  }

  close (): void {
    this.#framed.destroy()
  }

  #receive (type: number, id: number, payload: Buffer): void {
    if (type === types.request) return this.#start(id, readRequestHead(payload))
    // Of a request that is over already, as far as this side knows.
    const running = this.#running.get(id)
    switch (type) {
      case types.requestChunk: return running?.inbox?.receive(payload)
      case types.requestEnd: return running?.inbox?.queue.end()
      case types.window: return running?.credit.grant(readWindow(payload))
      case types.abort: return running && this.#end(id, running)
      default: throw new FrameError(`A sandbox sends no frame of type ${type}`)
    }
  }

  #start (id: number, head: EgressRequestHead): void {
    if (this.#running.has(id)) throw new FrameError('A request has the id of another')
    if (this.#running.size >= maxRequests) return this.#refuse(id, new EgressError('too_many_requests', 'too many outbound requests at the same time'))
    const inbox = head.body === null
      ? null
      : new Inbox(cost => {
          if (!this.#running.has(id)) return
          writeWindow(this.#framed.writer, id, cost)
          this.#framed.scheduleFlush()
        })
    const running = { controller: new AbortController(), credit: new Credit(), inbox }
    this.#running.set(id, running)
    void this.#serve(id, running, head)
  }

  async #serve (id: number, running: Running, head: EgressRequestHead): Promise<void> {
    try {
      const response = await this.#egress.fetch({ ...head, content: running.inbox?.queue ?? null }, running.controller.signal)
      await this.#answer(id, running, response)
    } catch (error) {
      if (this.#running.get(id) === running) this.#refuse(id, this.#explain(error))
    } finally {
      this.#end(id, running)
    }
  }

  async #answer (id: number, running: Running, { body, ...head }: EgressResponse): Promise<void> {
    const { writer } = this.#framed
    writeJson(writer, types.response, id, { ...head, hasBody: body !== null })
    this.#framed.scheduleFlush()
    for await (const chunk of body ?? []) {
      for (const slice of slices(chunk)) {
        await this.#framed.drained()
        // Leaving the loop ends the fetch.
        if (!await running.credit.take(slice.length)) return
        writeChunk(writer, types.responseChunk, id, slice)
        this.#framed.scheduleFlush()
      }
    }
    if (this.#running.get(id) === running) writeEmpty(writer, types.responseEnd, id)
    this.#framed.scheduleFlush()
  }

  #refuse (id: number, { code, message }: EgressError): void {
    writeJson(this.#framed.writer, types.error, id, { code, message })
    this.#framed.scheduleFlush()
  }

  #explain (error: unknown): EgressError {
    if (error instanceof EgressError) {
      // Nobody has thought of it yet; the author is told no more than that it failed.
      if (error.code === 'failed') this.#onFault(error)
      return error
    }
    this.#onFault(error as Error)
    return new EgressError('failed', 'the request failed')
  }

  #end (id: number, running: Running): void {
    if (this.#running.get(id) === running) this.#running.delete(id)
    running.credit.stop()
    running.controller.abort()
    running.inbox?.queue.fail(new EgressError('aborted', 'the request is over'))
  }
}
