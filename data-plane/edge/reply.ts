import type { ServerResponse } from 'node:http'
import type { EdgeRequest } from './request.ts'

/** Answers with whatever an error is to be told as. */
export type ErrorHandler = (error: unknown, request: EdgeRequest, reply: EdgeReply) => void

/**
 * An answer in the making. Fields are a list, since there are few of them and HTTP is written from one: looking through it costs less than an object that
 * is made anew for each request, and copied to be written.
 */
export class EdgeReply {
  readonly raw: ServerResponse
  statusCode = 200
  readonly #request: EdgeRequest
  readonly #onError: ErrorHandler
  /** Names, in lower case, and values in turn. */
  readonly #fields: string[] = []

  constructor (raw: ServerResponse, request: EdgeRequest, onError: ErrorHandler) {
    this.raw = raw
    this.#request = request
    this.#onError = onError
  }

  code (status: number): this {
    this.statusCode = status
    return this
  }

  /** In the place of what was set before. RFC 6265, section 3: only cookies are set one by one. */
  header (name: string, value: string | number): this {
    const key = name.toLowerCase()
    const at = key === 'set-cookie' ? -1 : this.#indexOf(key)
    if (at === -1) this.#fields.push(key, String(value))
    else this.#fields[at + 1] = String(value)
    return this
  }

  headers (values: Readonly<Record<string, string | number>>): this {
    for (const name in values) this.header(name, values[name]!)
    return this
  }

  /** @param fields names, in lower case, and values in turn */
  list (fields: readonly string[]): this {
    for (let at = 0; at < fields.length; at += 2) this.header(fields[at]!, fields[at + 1]!)
    return this
  }

  type (contentType: string): this {
    return this.header('content-type', contentType)
  }

  getHeader (name: string): string | undefined {
    const at = this.#indexOf(name.toLowerCase())
    return at === -1 ? undefined : this.#fields[at + 1]
  }

  hasHeader (name: string): boolean {
    return this.#indexOf(name.toLowerCase()) !== -1
  }

  removeHeader (name: string): this {
    const key = name.toLowerCase()
    for (let at = this.#indexOf(key); at !== -1; at = this.#indexOf(key)) this.#fields.splice(at, 2)
    return this
  }

  /** Names and values in turn, for who writes the head in another way. */
  fields (): readonly string[] {
    return this.#fields
  }

  writeHead (): void {
    this.raw.writeHead(this.statusCode, this.#fields)
  }

  /** Once. @param payload none: the head alone, with the length of nothing where nobody has said what it would be */
  send (payload?: string | Buffer): void {
    const { statusCode, raw } = this
    if (statusCode === 204) {
      // RFC 9110, section 8.6: what has no content has no length.
      this.removeHeader('content-type').removeHeader('content-length').writeHead()
      raw.end()
    } else if (payload === undefined) {
      if (statusCode !== 304 && this.#request.raw.method !== 'HEAD') this.header('content-length', '0')
      this.writeHead()
      raw.end()
    } else {
      const bytes = Buffer.byteLength(payload)
      this.header('content-length', bytes).writeHead()
      // One call: Node.js writes a string together with the head; and what is all ASCII it need not encode.
      if (typeof payload === 'string' && bytes === payload.length) raw.end(payload, 'latin1')
      else raw.end(payload)
    }
  }

  /** With what has gone wrong, in the place of whatever was to be answered. */
  fail (error: unknown): void {
    this.#onError(error, this.#request, this)
  }

  #indexOf (key: string): number {
    const fields = this.#fields
    for (let at = 0; at < fields.length; at += 2) if (fields[at] === key) return at
    return -1
  }
}
