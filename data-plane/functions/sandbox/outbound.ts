import type { FunctionLimits } from '#shared/function-limits.ts'
import type { EgressClient } from '../../egress/client.ts'
import { EgressError } from '../../egress/errors.ts'
import type { EgressRequestHead } from '../../egress/request.ts'
import { functionLimits } from '../limits.ts'
import { readOutboundHead } from './outbound-head.ts'
import { OutboundRequest } from './outbound-request.ts'
import type { OutboundEntry } from './out.ts'
import { tooManyRequests } from './reasons.ts'

export interface OutboundOptions {
  /** `null`: this installation makes none. */
  client: EgressClient | null
  /** Whose connections may be used; never chosen by tenant code. */
  tenant: string
  limits: FunctionLimits
  /** Bytes that the isolate has handed out. */
  fetchParcel: (name: number) => ArrayBuffer | null
  /** Something has happened that the isolate is to be told. */
  onProgress: (request: OutboundRequest) => void
  /** Something of the call is about to leave. */
  onDeparture: (call: number) => void
}

const callEnded = 'the call that made the request has ended'

interface CallRequests {
  open: Set<OutboundRequest>
  /** Since the call began. */
  count: number
}

/** The outbound requests of one isolate. They leave through the egress, a process of trusted code that knows what may be reached. */
export class OutboundRequests {
  readonly #options: OutboundOptions
  readonly #open = new Map<number, OutboundRequest>()
  readonly #byCall = new Map<number, CallRequests>()
  readonly #waiting: Array<() => void> = []
  #running = 0

  constructor (options: OutboundOptions) {
    this.#options = options
  }

  /** @param isLive its call waits for an answer */
  start (entry: OutboundEntry & { kind: 'request' }, isLive: boolean): void {
    const { call, id } = entry
    const { limits } = this.#options
    const bytes = entry.body === 'text' ? Buffer.from(entry.content) : entry.body === 'bytes' ? this.#options.fetchParcel(entry.parcel) : null
    if (this.#open.has(id)) return
    const request = new OutboundRequest(call, id, this.#options.onProgress)
    if (!isLive) return request.fail('aborted', callEnded)
    const requests = this.#requestsOf(call)
    if (++requests.count > limits.outboundRequests) return request.fail('too_many_requests', tooManyRequests(limits))
    if (entry.head === '') return request.fail('request_too_large', 'the URL and the headers are too large')
    const head = readOutboundHead(entry.head)
    if (head === null) return request.fail('request_invalid', 'the request cannot be read')
    const length = bytes === null ? null : bytes.byteLength
    const content = bytes === null ? request.content : once(new Uint8Array(bytes))
    this.#open.set(id, request)
    requests.open.add(request)
    void this.#serve(request, { ...head, tenant: this.#options.tenant, body: entry.body === 'none' ? null : { length } }, content, () => {
      this.#open.delete(id)
      requests.open.delete(request)
    })
  }

  handle (entry: Exclude<OutboundEntry, { kind: 'request' }>): void {
    const request = this.#open.get(entry.id)
    switch (entry.kind) {
      case 'request-room': return request?.read(entry.bytes)
      case 'request-chunk': {
        const chunk = this.#options.fetchParcel(entry.parcel)
        return chunk === null ? request?.endContent() : request?.send(new Uint8Array(chunk))
      }
      case 'request-end': return request?.endContent()
      case 'request-abort': return request?.abort()
    }
  }

  /** The call has been answered, or nobody waits for it any more: what it has begun ends. */
  endCall (call: number): void {
    const requests = this.#byCall.get(call)
    if (requests === undefined) return
    this.#byCall.delete(call)
    for (const request of requests.open) request.fail('aborted', callEnded)
  }

  close (): void {
    for (const request of this.#open.values()) request.abort()
  }

  async #serve (request: OutboundRequest, head: EgressRequestHead, content: AsyncIterable<Uint8Array>, forget: () => void): Promise<void> {
    const { client, onDeparture } = this.#options
    try {
      await this.#enter()
      if (request.isOver) return
      if (client === null) throw new EgressError('unavailable', 'outbound requests are not possible here')
      onDeparture(request.call)
      const response = await client.fetch(head, head.body === null ? null : content, request.controller.signal)
      request.respond(response)
      for await (const chunk of response.body ?? []) await request.receive(chunk)
      request.end()
    } catch (error) {
      if (!(error instanceof EgressError)) throw error
      request.fail(error.code, error.message)
    } finally {
      this.#leave()
      forget()
    }
  }

  /** Waits for a place: a function that asks for more at once than it may gets it a little later. */
  async #enter (): Promise<void> {
    if (this.#running < functionLimits.concurrentRequests) {
      this.#running++
      return
    }
    await new Promise<void>(resolve => { this.#waiting.push(resolve) })
  }

  #leave (): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next()
  }

  #requestsOf (call: number): CallRequests {
    let requests = this.#byCall.get(call)
    if (requests === undefined) this.#byCall.set(call, requests = { open: new Set(), count: 0 })
    return requests
  }
}

async function * once (chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}
