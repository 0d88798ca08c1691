import './globals/blob.js'
import './globals/events.js'
import './globals/fetch.js'
import './globals/runtime.js'
import './globals/streams.js'
import './globals/text.js'
import './globals/url.js'
import './globals/writable-streams.js'

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
  /** How it is known who calls; `null` where nobody was authenticated. */
  readonly auth: Auth | null
  /** Why it runs, where that is one of its schedules; `null` where somebody calls. */
  readonly schedule: { readonly name: string, readonly cron: string, readonly scheduledAt: string } | null
  readonly gateway: { readonly id: string, readonly name: string }
  readonly environment: string
  /** Variables of the environment. */
  readonly env: Readonly<Record<string, string>>
  /** The key-value store of the gateway's environment: its functions share it, also across versions. */
  readonly kv: Kv
  /** The one in the `x-request-id` of the answer. */
  readonly requestId: string
  /** Lines for the owner of the function; the caller sees none of them. */
  readonly log: Log
}

/** It has been verified before the function is called, and has no credentials in it. */
export interface Auth {
  /** The policy by which the caller was found; `anonymous`: there were no credentials, and requests without are a client's (`anonymousClient`). */
  readonly method: 'key-auth' | 'basic-auth' | 'hmac-auth' | 'jwt-auth' | 'oauth2-introspection' | 'mtls-auth' | 'anonymous'
  /** What the caller may do: the scopes of its token, or of the client where there was no token. */
  readonly scopes: readonly string[]
  /** What the issuer says: the claims of a JWT, or its answer about an opaque token. `null` where it was no token. What they are is the issuer's choice. */
  readonly claims: Readonly<Record<string, unknown>> | null
}

/**
 * A small key-value store. It is consistent: every operation asks the store, nothing is cached, and what one call has written the next one
 * reads. Operations of one call are carried out in the order in which they were begun. What a call has not awaited when it ends may not be
 * carried out.
 *
 * What goes wrong is an `Error` with a `code` (`KvErrorCode`). A key has 1 to 512 bytes in UTF-8, without control characters.
 */
export interface Kv {
  /** What is kept under the key; `null` where there is nothing, also where that has expired. */
  get: <Value = unknown>(key: string) => Promise<Value | null>
  /** The same with its version, for `compareAndSet`, and with when it expires. */
  getEntry: <Value = unknown>(key: string) => Promise<KvEntry<Value> | null>
  /**
   * Keeps any JSON of at most 64 kB (65,536 bytes). Without `ttlSeconds` it does not expire, whatever was said before.
   * @throws {TypeError} `kv_value_invalid` where the value has no JSON form: `undefined`, functions, cycles, BigInt
   */
  set: (key: string, value: unknown, options?: KvSetOptions) => Promise<void>
  /** Whether there was something to remove. */
  delete: (key: string) => Promise<boolean>
  /** Keys in the order of their UTF-8 bytes, `limit` at a time (100, at most 1,000). */
  list: (options?: KvListOptions) => Promise<KvPage>
  /**
   * Adds an integer, 1 by default, and resolves with the sum. What is not there counts as 0. No two increments are ever lost.
   * @param options `ttlSeconds` holds where the key is made; who is there keeps its expiry
   * @throws `kv_type_mismatch` where something else than an integer is under the key, or the sum is no safe integer
   */
  increment: (key: string, by?: number, options?: KvSetOptions) => Promise<number>
  /**
   * Keeps the value only while the key is at this version, or, with `null`, while there is nothing under it.
   * @returns the new version; `null` where somebody else was first
   */
  compareAndSet: (key: string, version: number | null, value: unknown, options?: KvSetOptions) => Promise<number | null>
}

export interface KvEntry<Value = unknown> {
  readonly value: Value
  /** Another one after every change. Versions of a key never come again. */
  readonly version: number
  /** RFC 3339, UTC; `null`: never. */
  readonly expiresAt: string | null
}

export interface KvSetOptions {
  /** From 1 second to 10 years. */
  readonly ttlSeconds?: number
}

export interface KvListOptions {
  readonly prefix?: string
  readonly limit?: number
  /** The `cursor` of the page before. */
  readonly cursor?: string | null
}

export interface KvPage {
  readonly keys: ReadonlyArray<{ readonly key: string, readonly expiresAt: string | null }>
  /** `null` on the last page. */
  readonly cursor: string | null
}

export type KvErrorCode =
  /** The key is no string, empty, too long, or has control characters or half of a surrogate pair in it. */
  | 'kv_key_invalid'
  | 'kv_value_invalid'
  /** `ttlSeconds`, `limit`, a version or an increment is not what it can be. */
  | 'kv_option_invalid'
  | 'kv_type_mismatch'
  /** The message says which: the size of a value, operations of a call, keys or bytes of the environment. */
  | 'kv_limit_exceeded'
  /** The store cannot be reached at the moment. Whether the operation was carried out is not known. */
  | 'kv_unavailable'
  /** The call that this `ctx` belongs to has been answered, or nobody waits for it any more. */
  | 'kv_call_ended'

export interface Log {
  debug: (message: unknown, fields?: object) => void
  info: (message: unknown, fields?: object) => void
  warn: (message: unknown, fields?: object) => void
  error: (message: unknown, fields?: object) => void
}

/** A function: the default export of its entry point. What it throws is answered with 500; a `Response` that it throws is its answer. */
export type Handler = (ctx: Context) => Result | Promise<Result>

/**
 * What a function may return: a `Response`, text, bytes, an async iterable of text and bytes that is sent as it comes, nothing (204), or
 * what has a JSON form.
 */
export type Result = Response | AsyncIterable<string | BufferSource> | BufferSource | Json | void

/** A function, a symbol and a bigint have no JSON form; everything that is an object is taken for one that has. */
type Json = string | number | boolean | null | (object & { readonly bind?: never })
