import { Event, EventTarget, getEventAttributeValue, setEventAttributeValue } from 'event-target-shim'
import { domException } from './errors.ts'
import { scope } from './scope.ts'

type Handler = (this: AbortSignal, event: Event) => unknown

/** Held by this module alone: who has it can make signals and abort them. */
const key = Symbol('construct')
const maxTimeoutMs = Number.MAX_SAFE_INTEGER

let abortSignal: (signal: AbortSignal, reason: unknown) => void
let isAbortSignal: (value: unknown) => value is AbortSignal

/** DOM, section 3.2. */
export class AbortSignal extends EventTarget {
  #aborted = false
  #reason: unknown
  /** Signals that follow this one. Strong references: a signal that somebody listens to must not be lost. */
  #dependents: Set<AbortSignal> | undefined
  /** Of a signal made by `any`: the signals it follows, none of them made by `any` itself. */
  #sources: Set<AbortSignal> | undefined

  static {
    abortSignal = (signal, reason) => signal.#abort(reason)
    isAbortSignal = (value): value is AbortSignal => typeof value === 'object' && value !== null && #aborted in value
  }

  constructor (token?: unknown) {
    if (token !== key) throw new TypeError('Illegal constructor')
    super()
  }

  static abort (reason?: unknown): AbortSignal {
    const signal = new AbortSignal(key)
    signal.#abort(reason)
    return signal
  }

  static timeout (delayMs: unknown): AbortSignal {
    const number = Math.trunc(Number(delayMs))
    // Web IDL: [EnforceRange] unsigned long long
    if (!(number >= 0 && number <= maxTimeoutMs)) throw new TypeError('The delay must be a number of milliseconds from 0.')
    const signal = new AbortSignal(key)
    scope.use('timers').setTimeout(() => signal.#abort(domException('The operation was aborted due to timeout', 'TimeoutError')), number)
    return signal
  }

  static any (signals: Iterable<AbortSignal>): AbortSignal {
    const list = [...signals]
    if (!list.every(signal => isAbortSignal(signal))) throw new TypeError('Every element must be an AbortSignal.')
    const result = new AbortSignal(key)
    result.#follow(list)
    return result
  }

  get aborted (): boolean {
    return this.#aborted
  }

  get reason (): unknown {
    return this.#reason
  }

  throwIfAborted (): void {
    if (this.#aborted) throw this.#reason
  }

  get onabort (): Handler | null {
    return getEventAttributeValue(this, 'abort') as Handler | null
  }

  set onabort (handler: Handler | null) {
    setEventAttributeValue(this, 'abort', typeof handler === 'function' ? handler : null)
  }

  #follow (signals: AbortSignal[]): void {
    const aborted = signals.find(signal => signal.#aborted)
    if (aborted !== undefined) {
      this.#aborted = true
      this.#reason = aborted.#reason
      return
    }
    this.#sources = new Set(signals.flatMap(signal => signal.#sources === undefined ? [signal] : [...signal.#sources]))
    for (const source of this.#sources) (source.#dependents ??= new Set()).add(this)
  }

  /** All are marked before the first event is dispatched, so that no listener sees a follower that is behind. */
  #abort (reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason === undefined ? domException('This operation was aborted', 'AbortError') : reason
    const dependents = [...this.#dependents ?? []].filter(dependent => !dependent.#aborted)
    this.#dependents = undefined
    for (const dependent of dependents) {
      dependent.#aborted = true
      dependent.#reason = this.#reason
    }
    for (const signal of [this, ...dependents]) {
      signal.#leaveSources()
      signal.dispatchEvent(new Event('abort'))
    }
  }

  #leaveSources (): void {
    for (const source of this.#sources ?? []) source.#dependents?.delete(this)
    this.#sources = undefined
  }
}
Object.defineProperty(AbortSignal.prototype, Symbol.toStringTag, { value: 'AbortSignal', configurable: true })

/** DOM, section 3.1. The signal is made when it is first asked for. */
export class AbortController {
  #signal: AbortSignal | undefined

  get signal (): AbortSignal {
    return this.#signal ??= new AbortSignal(key)
  }

  abort (reason?: unknown): void {
    abortSignal(this.signal, reason)
  }
}
Object.defineProperty(AbortController.prototype, Symbol.toStringTag, { value: 'AbortController', configurable: true })
