type BufferSource = ArrayBuffer | ArrayBufferView<ArrayBuffer>
type HeadersInit = Headers | Record<string, string> | Iterable<readonly [name: string, value: string]>
/** Text and bytes are kept as they are. What streams may be an async iterable of either, also a generator. */
type BodyInit = string | BufferSource | Blob | FormData | URLSearchParams | ReadableStream<Uint8Array> | AsyncIterable<string | Uint8Array>
type RequestInfo = Request | string
type RequestRedirect = 'error' | 'follow' | 'manual'

/**
 * Through the guarded egress: http and https, and public addresses alone unless the operator allows more.
 * @throws {TypeError} that says why the request failed; its `cause` has a `code`
 */
declare function fetch (input: RequestInfo | URL, init?: RequestInit): Promise<Response>

interface Headers {
  append: (name: string, value: string) => void
  delete: (name: string) => void
  /** All values of that name as one, divided by commas; `null` where there is none. */
  get: (name: string) => string | null
  getSetCookie: () => string[]
  has: (name: string) => boolean
  set: (name: string, value: string) => void
  forEach: (callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown) => void
  keys: () => IteratorObject<string, undefined>
  values: () => IteratorObject<string, undefined>
  entries: () => IteratorObject<[name: string, value: string], undefined>
  [Symbol.iterator]: () => IteratorObject<[name: string, value: string], undefined>
}

declare var Headers: { prototype: Headers, new (init?: HeadersInit): Headers }

/** What requests and responses have in common. It can be read once. */
interface Body {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null
  readonly bodyUsed: boolean
  arrayBuffer: () => Promise<ArrayBuffer>
  blob: () => Promise<Blob>
  bytes: () => Promise<Uint8Array<ArrayBuffer>>
  formData: () => Promise<FormData>
  json: () => Promise<unknown>
  text: () => Promise<string>
}

interface RequestInit {
  method?: string
  headers?: HeadersInit
  body?: BodyInit | null
  redirect?: RequestRedirect
  signal?: AbortSignal | null
  /** Has to be said where the body streams. */
  duplex?: 'half'
}

interface Request extends Body {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly redirect: RequestRedirect
  readonly signal: AbortSignal
  readonly duplex: 'half'
  clone: () => Request
}

declare var Request: {
  prototype: Request
  /** There is no page: a text has to be a whole URL. */
  new (input: RequestInfo | URL, init?: RequestInit): Request
}

interface ResponseInit {
  status?: number
  statusText?: string
  headers?: HeadersInit
}

interface Response extends Body {
  readonly type: 'basic' | 'cors' | 'default' | 'error' | 'opaque' | 'opaqueredirect'
  readonly url: string
  readonly redirected: boolean
  readonly status: number
  /** 200 to 299. */
  readonly ok: boolean
  readonly statusText: string
  readonly headers: Headers
  clone: () => Response
}

declare var Response: {
  prototype: Response
  new (body?: BodyInit | null, init?: ResponseInit): Response
  error: () => Response
  json: (data: unknown, init?: ResponseInit) => Response
  redirect: (url: string | URL, status?: 301 | 302 | 303 | 307 | 308) => Response
}

type FormDataEntryValue = File | string

interface FormData {
  append: (name: string, value: string | Blob, filename?: string) => void
  delete: (name: string) => void
  get: (name: string) => FormDataEntryValue | null
  getAll: (name: string) => FormDataEntryValue[]
  has: (name: string) => boolean
  set: (name: string, value: string | Blob, filename?: string) => void
  forEach: (callback: (value: FormDataEntryValue, name: string, data: FormData) => void, thisArg?: unknown) => void
  keys: () => IteratorObject<string, undefined>
  values: () => IteratorObject<FormDataEntryValue, undefined>
  entries: () => IteratorObject<[name: string, value: FormDataEntryValue], undefined>
  [Symbol.iterator]: () => IteratorObject<[name: string, value: FormDataEntryValue], undefined>
}

declare var FormData: { prototype: FormData, new (): FormData }
