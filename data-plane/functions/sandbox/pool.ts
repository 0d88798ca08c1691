import type { EgressClient } from '../../egress/client.ts'
import type { FunctionMetadata } from '../messages.ts'
import type { CreateEngine } from './engine.ts'
import type { Caller } from './call.ts'
import { FunctionIsolate, type IsolateEvents } from './isolate.ts'

/** What isolates may keep while they wait for calls: a function called once a day need not cost memory all day. */
export interface PoolLimits {
  maxIsolates: number
  /** Of one isolate, whatever its function may have. */
  maxIsolateMb: number
  maxHeapBytes: number
}

const trimEvery = 16

/** The isolates of this process by the key of their function, least recently used first. */
export class IsolatePool {
  readonly #createEngine: CreateEngine
  readonly #egress: EgressClient | null
  readonly #limits: PoolLimits
  readonly #events: IsolateEvents
  readonly #isolates = new Map<string, FunctionIsolate>()
  #made = 0

  constructor (createEngine: CreateEngine, limits: PoolLimits, events: IsolateEvents, egress: EgressClient | null) {
    this.#createEngine = createEngine
    this.#egress = egress
    this.#limits = limits
    this.#events = {
      schedule: events.schedule,
      onTurn: events.onTurn,
      onStopped: isolate => {
        this.#isolates.delete(isolate.key)
        events.onStopped(isolate)
      }
    }
  }

  /** The isolate of this key; made now if there is none. */
  load (metadata: FunctionMetadata, code: { bundle: string, sourceMap: string }): FunctionIsolate {
    const present = this.#isolates.get(metadata.key)
    if (present !== undefined) return present
    // Tenants that come one after the other make hundreds of isolates between two looks of the clock's.
    if (this.#made++ % trimEvery === 0) this.trim()
    this.#evictWhile(() => this.#isolates.size >= this.#limits.maxIsolates)
    const limits = { ...metadata.limits, memoryMb: Math.min(metadata.limits.memoryMb, this.#limits.maxIsolateMb) }
    const isolate = new FunctionIsolate(this.#createEngine, { ...metadata, limits }, code, this.#events, this.#egress)
    this.#isolates.set(isolate.key, isolate)
    return isolate
  }

  touch (isolate: FunctionIsolate): void {
    if (this.#isolates.delete(isolate.key)) this.#isolates.set(isolate.key, isolate)
  }

  /** To be called now and then: heaps grow while nobody loads anything. Some microseconds for each isolate. */
  trim (): void {
    let heapBytes = 0
    for (const isolate of this.#isolates.values()) heapBytes += isolate.heapBytes
    this.#evictWhile(isolate => {
      if (heapBytes <= this.#limits.maxHeapBytes) return false
      heapBytes -= isolate.heapBytes
      return true
    })
  }

  cancelAll (caller: Caller): void {
    for (const isolate of this.#isolates.values()) isolate.cancel(caller, null)
  }

  /** Ends isolates without calls, the least recently used first. */
  #evictWhile (isNeeded: (isolate: FunctionIsolate) => boolean): void {
    for (const isolate of this.#isolates.values()) {
      if (isolate.busy) continue
      if (!isNeeded(isolate)) return
      isolate.stop(null)
    }
  }
}
