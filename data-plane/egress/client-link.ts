import type { Socket } from 'node:net'
import { FrameError } from '../functions/frames.ts'
import { EgressError } from './errors.ts'
import { Credit, Inbox, slices } from './flow.ts'
import { FramedSocket } from './framed-socket.ts'
import {
  egressFrameTypes as types, maxHeadBytes, readError, readResponseHead, readWindow, writeChunk, writeEmpty, writeJson, writeWindow, type ResponseHead
} from './protocol.ts'
import type { EgressRequestHead } from './request.ts'

export interface ClientResponse extends Omit<ResponseHead, 'hasBody'> {
  /** `null` where the response cannot have one. To be read or returned: what is neither holds a connection until the time limit. */
  body: AsyncIterableIterator<Uint8Array> | null
}

interface Sent {
  response: PromiseWithResolvers<ClientResponse>
  credit: Credit
  inbox: Inbox
  content: AsyncIterator<Uint8Array> | null
  forgetSignal: () => void
}

/** The sandbox's end of one connection to the egress. */
export class EgressLink {
  readonly #framed: FramedSocket
  readonly #sent = new Map<number, Sent>()
  #nextId = 1
  #isClosed = false

  constructor (socket: Socket) {
    this.#framed = new FramedSocket(socket, {
      onFrame: (type, id, payload) => this.#receive(type, id, payload),
      onClose: () => {
        this.#isClosed = true
        for (const id of this.#sent.keys()) this.#fail(id, new EgressError('unavailable', 'outbound requests were interrupted'))
      }
    })
  }

  get isClosed (): boolean {
    return this.#isClosed
  }

  async fetch (head: EgressRequestHead, content: AsyncIterable<Uint8Array> | null, signal: AbortSignal | undefined): Promise<ClientResponse> {
    if (signal?.aborted) throw aborted()
    const text = JSON.stringify(head)
    if (Buffer.byteLength(text) > maxHeadBytes / 2) throw new EgressError('request_too_large', 'the URL and the headers are too large')
    const id = this.#nextId
    this.#nextId = id === 0xffffffff ? 1 : id + 1
    const abort = (): void => {
      writeEmpty(this.#framed.writer, types.abort, id)
      this.#framed.scheduleFlush()
      this.#fail(id, aborted())
    }
    const sent: Sent = {
      response: Promise.withResolvers(),
      credit: new Credit(),
      inbox: new Inbox(cost => this.#room(id, cost), abort),
      content: content?.[Symbol.asyncIterator]() ?? null,
      forgetSignal: () => signal?.removeEventListener('abort', abort)
    }
    signal?.addEventListener('abort', abort, { once: true })
    this.#sent.set(id, sent)
    writeJson(this.#framed.writer, types.request, id, head)
    this.#framed.scheduleFlush()
    if (head.body !== null) void this.#send(id, sent)
    return await sent.response.promise
  }

  close (): void {
    this.#framed.destroy()
  }

  async #send (id: number, { content, credit }: Sent): Promise<void> {
    try {
      for (let part = await content?.next(); part !== undefined && part.done !== true; part = await content?.next()) {
        for (const slice of slices(part.value)) {
          if (!await credit.take(slice.length)) return
          writeChunk(this.#framed.writer, types.requestChunk, id, slice)
          this.#framed.scheduleFlush()
        }
      }
      if (this.#sent.has(id)) writeEmpty(this.#framed.writer, types.requestEnd, id)
    } catch (error) {
      if (!this.#sent.has(id)) return
      writeEmpty(this.#framed.writer, types.abort, id)
      this.#fail(id, error)
    }
    this.#framed.scheduleFlush()
  }

  #receive (type: number, id: number, payload: Buffer): void {
    const sent = this.#sent.get(id)
    // Of a request that was given up.
    if (sent === undefined) return
    switch (type) {
      case types.response: return this.#answer(sent, payload)
      case types.responseChunk: return sent.inbox.receive(payload)
      case types.responseEnd:
        sent.inbox.queue.end()
        return this.#forget(id, sent)
      case types.error: return this.#fail(id, readError(payload))
      case types.window: return sent.credit.grant(readWindow(payload))
      default: throw new FrameError(`The egress sends no frame of type ${type}`)
    }
  }

  #answer ({ response, inbox }: Sent, payload: Buffer): void {
    const { hasBody, ...head } = readResponseHead(payload)
    response.resolve({ ...head, body: hasBody ? inbox.queue : null })
  }

  #room (id: number, cost: number): void {
    if (!this.#sent.has(id)) return
    writeWindow(this.#framed.writer, id, cost)
    this.#framed.scheduleFlush()
  }

  #fail (id: number, error: unknown): void {
    const sent = this.#sent.get(id)
    if (sent === undefined) return
    this.#forget(id, sent)
    sent.response.reject(error)
    sent.inbox.queue.fail(error)
  }

  #forget (id: number, sent: Sent): void {
    this.#sent.delete(id)
    sent.forgetSignal()
    sent.credit.stop()
    // How a source ends that nobody wants any more is its own business.
    void sent.content?.return?.().catch(() => undefined)
  }
}

function aborted (): EgressError {
  return new EgressError('aborted', 'the request was aborted')
}
