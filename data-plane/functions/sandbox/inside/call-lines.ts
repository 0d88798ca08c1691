import { logLineBytes } from '#shared/function-limits.ts'
import { cutFields, cutMessage, levels, type Outbox } from './outbox.ts'
import { utf8Length } from './text-chunks.ts'

/** The log lines of one call: so many bytes of them. What comes after is dropped, and the owner is told once. */
export class CallLines {
  readonly #outbox: Outbox
  readonly #call: number
  readonly #maxBytes: number
  #bytes = 0

  constructor (outbox: Outbox, call: number, maxBytes: number) {
    this.#outbox = outbox
    this.#call = call
    this.#maxBytes = maxBytes
  }

  get isExhausted (): boolean { return this.#bytes > this.#maxBytes }

  write (level: number, message: string, fields: string): void {
    if (this.isExhausted) return
    this.#bytes += logLineBytes + utf8Length(cutMessage(message)) + utf8Length(cutFields(fields))
    if (this.#bytes <= this.#maxBytes) this.#outbox.log(this.#call, level, message, fields)
    else this.#outbox.log(this.#call, levels.warn, `Further log lines of this call are dropped: it has logged more than ${this.#maxBytes} bytes (logBytes).`, '')
  }
}
