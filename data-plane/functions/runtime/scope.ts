import type * as BlobGroup from './globals/blob.ts'
import type * as ConsoleGroup from './globals/console.ts'
import type * as CryptoGroup from './globals/crypto.ts'
import type * as DomExceptionGroup from './globals/dom-exception.ts'
import type * as EventsGroup from './globals/events.ts'
import type * as FetchGroup from './globals/fetch.ts'
import type * as IdnaGroup from './globals/idna.ts'
import type * as LegacyEncodingsGroup from './globals/legacy-encodings.ts'
import type * as StreamsGroup from './globals/streams.ts'
import type * as StructuredCloneGroup from './globals/structured-clone.ts'
import type * as TextGroup from './globals/text.ts'
import type * as TextStreamsGroup from './globals/text-streams.ts'
import type * as TimersGroup from './globals/timers.ts'
import type * as UrlGroup from './globals/url.ts'
import type { GroupName } from './groups.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

/**
 * What the sandbox process gives to the code in an isolate. Tenant code can get hold of each of these by tampering with
 * built-ins, so every one has to be safe against any argument of any type, and to throw nothing of the host's.
 */
export interface RuntimeHost {
  /** Answers with what the group's text evaluates to in this very context (see `load.ts`). */
  loadGroup: (name: GroupName) => GroupFactory
  /** Fresh random bytes; asked for at most 65,536 at a time. */
  randomBytes: (byteLength: number) => ArrayBuffer
  randomUUID: () => string
  /** `algorithm` is one of `SHA-1`, `SHA-256`, `SHA-384`, `SHA-512`. */
  digest: (algorithm: string, data: ArrayBuffer) => ArrayBuffer
  /**
   * Asks for one call of `fireTimer(id)` after `delayMs` (an integer from 0 to 2,147,483,647). The isolate keeps its own
   * queue, so there is never more than one such timer outstanding, however many timers tenant code has.
   */
  setTimer: (id: number, delayMs: number) => void
  clearTimer: (id: number) => void
  /** One line of the function's log, at most `maxMessageLength` characters long. */
  log: (level: LogLevel, text: string) => void
  /** The call whose code runs; 0 where nobody can tell. */
  owner: () => number
  /** What runs from now on until the host gives the next turn belongs to that call. */
  setOwner: (call: number) => void
  /**
   * Begins an outbound request for the call whose code runs.
   * @param head JSON of an `OutboundHead`
   * @param body text and bytes are sent as they are, `true` stands for a stream that the listener is asked for
   * @returns `undefined` where no call is being answered
   */
  fetch: (head: string, body: string | Uint8Array | boolean, listener: OutboundListener) => OutboundHandle | undefined
}

export interface OutboundHead {
  method: string
  url: string
  headers: Array<[name: string, value: string]>
  redirect: 'follow' | 'error' | 'manual'
}

/** What a function of the host is told about an outbound request, each in a turn of its own. */
export interface OutboundListener {
  /** @param head JSON of an `OutboundResponseHead` @param body all of it where it is there at once; `true`: it comes in chunks */
  onResponse: (head: string, body: string | ArrayBuffer | boolean) => void
  onChunk: (bytes: ArrayBuffer) => void
  onEnd: () => void
  /** It has failed. Nothing follows. */
  onError: (code: string, message: string) => void
  /** The next chunk of the request's body is wanted: one `send` or `end`. */
  onPull: () => void
}

export interface OutboundResponseHead {
  status: number
  statusText: string
  headers: Array<[name: string, value: string]>
  url: string
  redirected: boolean
}

export interface OutboundHandle {
  /** So many bytes have been taken from what came in, and as many more may come. */
  read: (bytes: number) => void
  send: (chunk: Uint8Array) => void
  end: () => void
  /** Nothing more is wanted, and nothing more is told. */
  abort: () => void
}

/** What the harness gets back. It is reachable by nobody who was not handed it. */
export interface WebRuntimeHandle {
  /**
   * To be called when a timer asked for by `host.setTimer` has run out. Runs at most one of the function's timers, because
   * microtasks come before the next one (HTML, timer initialisation steps): `true` asks for another call at once, from
   * outside the isolate, with the same id. What a timer throws goes to the log.
   */
  fireTimer: (id: number) => boolean
  /** A web-standard `Request` with immutable headers, and a signal that `abortRequest` aborts. */
  createRequest: (parts: RequestParts) => object
  /** Aborts the signal of a request that `createRequest` made. Runs the listeners of tenant code. */
  abortRequest: (request: object, reason?: unknown) => void
  /** Whether a value is a `Response` of ours, by a private field. Evaluates nothing. */
  isResponse: (value: unknown) => boolean
  /**
   * Takes a response apart; its body counts as read from then on. Goes through built-ins that tenant code can have tampered
   * with, so what comes out is as little to be trusted as anything else that a function returns.
   * @throws {TypeError} where the body was read before, or is being read
   */
  readResponse: (response: object) => ResponseParts
  /** UTF-8. */
  encode: (text: string) => Uint8Array
}

export interface RequestParts {
  method: string
  /** Absolute. */
  url: string
  /** Lower-case names. */
  headers: Record<string, string | string[]>
  body: string | ArrayBuffer | null
}

export interface ResponseParts {
  status: number
  /** As they are to be sent: each `set-cookie` by itself, the content type of the body among them. */
  headers: Array<[name: string, value: string]>
  /** Text and bytes where they are there at once, which only a stream's are not. The bytes may be of memory that others hold. */
  body: string | Uint8Array | BodyReader | null
}

export interface BodyReader {
  /** The next chunk; `undefined` at the end. Rejects with what tenant code threw, or a `TypeError` for a chunk that is no bytes. */
  read: () => Promise<Uint8Array | undefined>
  cancel: (reason?: unknown) => Promise<void>
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a group's text evaluates to: called once with the scope, it gives the group's exports. */
export type GroupFactory = (scope: RuntimeScope) => GroupExports[GroupName]

/** What the code of a group can reach besides the language itself. */
export interface RuntimeScope {
  host: RuntimeHost
  clock: MonotonicClock
  /** The exports of another group, evaluated now if they were not; whatever tenant code did to the global of that name. */
  use: <Name extends GroupName>(group: Name) => GroupExports[Name]
  /** Whether a group was evaluated. While it was not, nothing of its classes exists. */
  isLoaded: (group: GroupName) => boolean
  /** Where the timers group says how it is fired. */
  onTimers: (fire: (id: number) => boolean) => void
}

/** The modules in `globals/`, by group. */
export interface GroupExports {
  timers: typeof TimersGroup
  console: typeof ConsoleGroup
  crypto: typeof CryptoGroup
  text: typeof TextGroup
  url: typeof UrlGroup
  'dom-exception': typeof DomExceptionGroup
  events: typeof EventsGroup
  'structured-clone': typeof StructuredCloneGroup
  blob: typeof BlobGroup
  streams: typeof StreamsGroup
  'text-streams': typeof TextStreamsGroup
  fetch: typeof FetchGroup
  idna: typeof IdnaGroup
  'legacy-encodings': typeof LegacyEncodingsGroup
}

/** The parameter of the function that a group's text is wrapped in (see `build.ts`). */
declare const imprunScope: RuntimeScope

export const scope = imprunScope
