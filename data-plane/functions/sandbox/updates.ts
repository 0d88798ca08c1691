import type { Call } from './call.ts'
import type { Stop } from './engine.ts'
import { inKinds } from './inside/in-kinds.ts'

/** What crosses the border together, as the harness reads it; see `Calls.enter`. */
export class Crossing {
  readonly index: number[] = []
  data = ''
  /** Brings bytes in, ahead of the entry that they belong to. */
  readonly receive: (number: number, body: Buffer) => Stop | null

  constructor (receive: (number: number, body: Buffer) => Stop | null) {
    this.receive = receive
  }

  add (kind: number, number: number, first = '', second = ''): void {
    this.index.push(kind, number, first.length, second.length)
    this.data += first + second
  }

  /** These calls begin. Returns why the isolate can be used no more, where one of them could not. */
  addCalls (calls: Call[]): Stop | null {
    for (const call of calls) {
      call.started = true
      if (call.bytes !== null) {
        const stop = this.receive(call.number, call.bytes)
        if (stop !== null) return stop
      }
      this.index.push(call.bytes === null ? inKinds.call : inKinds.callWithBytes, call.number, call.headUnits, call.text.length - call.headUnits)
      this.data += call.text
    }
    return null
  }
}

/** Something that goes on outside, and of which the isolate is to be told. */
export interface Progress {
  write: (crossing: Crossing) => Stop | null
}

interface CallUpdates {
  isCancelled: boolean
  grantedCost: number
  progress: Set<Progress>
}

/** What is new for calls that have begun, until a crossing takes it in. The call that has waited longest comes first. */
export class Updates {
  readonly #byCall = new Map<number, CallUpdates>()

  get size (): number { return this.#byCall.size }

  /** Nobody waits for it any more. */
  cancel (call: number): void {
    this.#of(call).isCancelled = true
  }

  /** It may send chunks worth so much more. */
  grant (call: number, cost: number): void {
    this.#of(call).grantedCost += cost
  }

  progress (call: number, progress: Progress): void {
    this.#of(call).progress.add(progress)
  }

  /** Takes in what is new, for one call or for all. Returns these calls, or why the isolate can be used no more. */
  write (crossing: Crossing, alone: boolean): number[] | Stop {
    const calls: number[] = []
    for (const [call, updates] of this.#byCall) {
      this.#byCall.delete(call)
      calls.push(call)
      const stop = writeUpdates(crossing, call, updates)
      if (stop !== null) return stop
      if (alone) break
    }
    return calls
  }

  #of (call: number): CallUpdates {
    let updates = this.#byCall.get(call)
    if (updates === undefined) this.#byCall.set(call, updates = { isCancelled: false, grantedCost: 0, progress: new Set() })
    return updates
  }
}

function writeUpdates (crossing: Crossing, call: number, { isCancelled, grantedCost, progress }: CallUpdates): Stop | null {
  if (isCancelled) crossing.add(inKinds.cancel, call)
  else if (grantedCost > 0) crossing.add(inKinds.window, call, String(grantedCost))
  for (const one of progress) {
    const stop = one.write(crossing)
    if (stop !== null) return stop
  }
  return null
}
