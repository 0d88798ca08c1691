import { Event, EventTarget, setErrorHandler, setWarningHandler } from 'event-target-shim'
import { reportException } from '../report-exception.ts'
import { requireArguments } from '../webidl.ts'

export { AbortController, AbortSignal } from '../abort.ts'
export { Event, EventTarget }

setErrorHandler(reportException)
// The package warns on the console of uses that the standard takes in silence.
setWarningHandler(() => {})
for (const [constructor, name] of [[Event, 'Event'], [EventTarget, 'EventTarget']] as const) {
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: name, configurable: true })
}

/** DOM, section 2.4. */
export class CustomEvent extends Event {
  readonly #detail: unknown

  constructor (type: string, init?: { bubbles?: boolean, cancelable?: boolean, composed?: boolean, detail?: unknown }) {
    requireArguments('CustomEvent', arguments.length, 1)
    super(type, init)
    this.#detail = init?.detail ?? null
  }

  get detail (): unknown {
    return this.#detail
  }
}
Object.defineProperty(CustomEvent.prototype, Symbol.toStringTag, { value: 'CustomEvent', configurable: true })
