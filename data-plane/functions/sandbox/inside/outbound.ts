import type { OutboundHandle, OutboundListener } from '../../runtime/scope.ts'
import { requestBodies, type Outbox } from './outbox.ts'
import type { Parcels } from './parcels.ts'
import { isView, safeMap } from './primordials.ts'

const maxHeadUnits = 128 * 1024

interface Exchange {
  call: number
  listener: OutboundListener
}

/** The isolate's end of outbound requests. They leave with the outbox; what comes back is handed to the listener of each. */
export class Outbound {
  readonly #outbox: Outbox
  readonly #parcels: Parcels
  /** The call whose code runs, if it waits for an answer; 0: none. */
  readonly #owner: () => number
  readonly #open = safeMap<number, Exchange>()
  #nextId = 1

  constructor (outbox: Outbox, parcels: Parcels, owner: () => number) {
    this.#outbox = outbox
    this.#parcels = parcels
    this.#owner = owner
  }

  /** Tenant code can get hold of it by tampering with what the globals are built on: any argument is possible. */
  fetch (head: unknown, body: unknown, listener: OutboundListener): OutboundHandle | undefined {
    const call = this.#owner()
    if (call === 0 || typeof head !== 'string') return undefined
    const id = this.#nextId++
    this.#open.set(id, { call, listener })
    // What is too large is left empty: it is refused outside, and the listener told when it listens.
    const text = head.length > maxHeadUnits ? '' : head
    if (typeof body === 'string') this.#outbox.request(call, id, requestBodies.text, text, body)
    else if (isView(body)) this.#outbox.request(call, id, requestBodies.bytes, text, this.#parcels.put(body as Uint8Array))
    else this.#outbox.request(call, id, body === true ? requestBodies.stream : requestBodies.none, text, '')
    return this.#handle(id)
  }

  /** The call that a request belongs to; 0: it is over. */
  callOf (id: number): number {
    return this.#open.get(id)?.call ?? 0
  }

  /** `body`: see `OutboundListener`. A complete answer ends it. */
  respond (id: number, head: string, body: string | ArrayBuffer | boolean): void {
    const exchange = this.#open.get(id)
    if (body !== true) this.#open.delete(id)
    exchange?.listener.onResponse(head, body)
  }

  chunk (id: number, bytes: ArrayBuffer | undefined): void {
    if (bytes !== undefined) this.#open.get(id)?.listener.onChunk(bytes)
  }

  pull (id: number): void {
    this.#open.get(id)?.listener.onPull()
  }

  end (id: number): void {
    const exchange = this.#open.get(id)
    this.#open.delete(id)
    exchange?.listener.onEnd()
  }

  fail (id: number, code: string, message: string): void {
    const exchange = this.#open.get(id)
    this.#open.delete(id)
    exchange?.listener.onError(code, message)
  }

  #handle (id: number): OutboundHandle {
    const isOpen = (): boolean => this.#open.get(id) !== undefined
    return {
      read: bytes => {
        if (isOpen()) this.#outbox.requestRoom(id, bytes >>> 0)
      },
      send: chunk => {
        if (isView(chunk) && isOpen()) this.#outbox.requestChunk(id, this.#parcels.put(chunk))
      },
      end: () => {
        if (isOpen()) this.#outbox.requestEnd(id)
      },
      abort: () => {
        if (!isOpen()) return
        this.#open.delete(id)
        this.#outbox.requestAbort(id)
      }
    }
  }
}
