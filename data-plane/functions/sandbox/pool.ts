import type { FunctionMetadata } from '../messages.ts'
import type { CreateEngine } from './engine.ts'
import { FunctionIsolate, type Caller, type IsolateEvents } from './isolate.ts'

/** Kept warm at most: a function called once a day need not cost memory all day. */
const maxIsolates = 400
const maxHeapBytes = 256 * 1024 * 1024

/** The isolates of this process by the key of their function, least recently used first. */
export class IsolatePool {
  readonly #createEngine: CreateEngine
  readonly #events: IsolateEvents
  readonly #isolates = new Map<string, FunctionIsolate>()

  constructor (createEngine: CreateEngine, events: IsolateEvents) {
    this.#createEngine = createEngine
    this.#events = {
      schedule: events.schedule,
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
    this.trim(maxIsolates - 1)
    const isolate = new FunctionIsolate(this.#createEngine, metadata, code, this.#events)
    this.#isolates.set(isolate.key, isolate)
    return isolate
  }

  touch (isolate: FunctionIsolate): void {
    if (!this.#isolates.delete(isolate.key)) return
    this.#isolates.set(isolate.key, isolate)
  }

  /** Ends isolates that have no call, the least recently used first, until the rest keeps the limits. */
  trim (count = maxIsolates): void {
    let heapBytes = 0
    for (const isolate of this.#isolates.values()) heapBytes += isolate.heapBytes
    for (const isolate of this.#isolates.values()) {
      if (this.#isolates.size <= count && heapBytes <= maxHeapBytes) return
      if (isolate.busy) continue
      heapBytes -= isolate.heapBytes
      isolate.stop(null)
    }
  }

  cancelAll (caller: Caller): void {
    for (const isolate of this.#isolates.values()) isolate.cancel(caller, null)
  }
}
