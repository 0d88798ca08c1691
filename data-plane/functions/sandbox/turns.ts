import type { Engine, Stop } from './engine.ts'
import { parsePiece, type Entry, type Piece } from './out.ts'

export interface TurnEvents {
  /** Tenant code is about to run. */
  onTurn: () => void
  onEntry: (entry: Entry) => void
}

/** How a turn ended. */
export interface Turn {
  elapsedMs: number
  /** Why the isolate can be used no more. */
  stop: Stop | null
  /** The call whose synchronous part ran at the end; 0: none. */
  current: number
  /** Milliseconds until the isolate wants to be woken; -1: never. */
  alarmMs: number
}

/** Runs tenant code in an isolate, and hands out what it leaves. */
export class Turns {
  readonly #engine: Engine
  readonly #events: TurnEvents
  #isClosed = false

  constructor (engine: Engine, events: TurnEvents) {
    this.#engine = engine
    this.#events = events
  }

  run (cross: () => Stop | null): Turn {
    const began = performance.now()
    this.#events.onTurn()
    const stop = cross()
    const piece = stop === 'memory' ? null : this.#takeAll()
    return {
      elapsedMs: performance.now() - began,
      stop: piece === null ? stop ?? 'broken' : stop,
      current: piece?.current ?? 0,
      alarmMs: piece?.alarmMs ?? -1
    }
  }

  close (): void {
    this.#isClosed = true
  }

  /** Takes out what a crossing has left, also one that was cut short. */
  #takeAll (): Piece | null {
    let piece = this.#take()
    for (let last = piece; last?.more === true && !this.#isClosed;) {
      last = this.#take()
      piece = last ?? piece
    }
    return piece
  }

  #take (): Piece | null {
    const text = this.#engine.take(false) ?? this.#engine.take(true)
    const piece = text === null ? null : parsePiece(text)
    if (piece !== null) for (const entry of piece.entries) this.#events.onEntry(entry)
    return piece
  }
}
