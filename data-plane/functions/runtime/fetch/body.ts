import { isDisturbed, isReadableStream, readAll, toStream } from './body-streams.ts'
import { IncomingBody } from './incoming-body.ts'

/** What a body is made of: text and bytes as they are, without the machinery of a stream until somebody asks for one. */
export type Content = string | Uint8Array

/** Fetch, section 2.2.4. Stands where undici keeps a body, each of which is a stream from the start there. */
export class Body {
  /** `null` for a stream, whose content is not known; undici asks whether it is. */
  readonly source: Content | null
  readonly #incoming: IncomingBody | undefined
  #stream: ReadableStream | undefined
  #isTaken = false

  constructor (content: Content | ReadableStream | IncomingBody) {
    this.source = null
    if (isReadableStream(content)) this.#stream = content
    else if (content instanceof IncomingBody) this.#incoming = content
    else this.source = content
  }

  get stream (): ReadableStream {
    return this.#stream ??= this.#incoming?.toStream(this.#isTaken) ?? toStream(this.source ?? '', this.#isTaken)
  }

  get isDisturbed (): boolean {
    return this.#isTaken || (this.#stream !== undefined && isDisturbed(this.#stream))
  }

  /** Fetch, "unusable": read before, or being read. */
  get isUnusable (): boolean {
    return this.isDisturbed || this.#stream?.locked === true
  }

  /** Reads it all. What nobody has asked a stream of is there at once. */
  take (): Content | Promise<Uint8Array> {
    if (this.#stream !== undefined) return readAll(this.#stream)
    this.#isTaken = true
    return this.#incoming?.readAll() ?? this.source ?? ''
  }

  /** For a body that is passed on as it comes; `null` where it is there at once. */
  takeStream (): ReadableStream | null {
    return this.#incoming === undefined ? this.#stream ?? null : this.stream
  }

  clone (): Body {
    if (this.#stream === undefined && this.#incoming === undefined) return new Body(this.source ?? '')
    const [mine, other] = this.stream.tee()
    this.#stream = mine
    return new Body(other)
  }
}

/** Undici makes some bodies itself, as plain objects around a stream: those of `new Request(request)`. */
export function toBody (body: Body | { stream: ReadableStream }): Body {
  return body instanceof Body ? body : new Body(body.stream)
}
