/**
 * What a function is given. Import the type only; it is gone before the function is built:
 *
 *     import type { Context } from '@imprun/types'
 */
export interface Context {
  /** The request in web-standard form. It is built when it is first read. */
  readonly request: Request
  readonly method: string
  readonly path: string
  /** Values of the `:name` segments of the function's path, percent-decoded; the wildcard's is called `*`. */
  readonly params: Readonly<Record<string, string>>
  /** A parameter that stands in the query more than once is a list. */
  readonly query: Readonly<Record<string, string | string[]>>
  /** By lower-case name, without the API key. */
  readonly headers: Readonly<Record<string, string | string[]>>
  /**
   * Parsed by its content type: JSON, a form as an object, text as a string, anything else as bytes; `null` where there is none.
   * Reading a body that is not what it says to be throws, and the caller gets 400.
   */
  readonly body: unknown
  /** Which of your apps calls; `null` where the environment asks for no key. */
  readonly client: { readonly id: string, readonly name: string } | null
  readonly gateway: { readonly id: string, readonly name: string }
  readonly environment: string
  /** Variables of the environment. */
  readonly env: Readonly<Record<string, string>>
  /** The one in the `x-request-id` of the answer. */
  readonly requestId: string
  /** Lines for the owner of the function; the caller sees none of them. */
  readonly log: Log
}

export interface Log {
  debug: (message: unknown, fields?: object) => void
  info: (message: unknown, fields?: object) => void
  warn: (message: unknown, fields?: object) => void
  error: (message: unknown, fields?: object) => void
}
