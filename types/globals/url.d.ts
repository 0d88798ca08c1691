interface URL {
  href: string
  readonly origin: string
  protocol: string
  username: string
  password: string
  host: string
  hostname: string
  port: string
  pathname: string
  search: string
  readonly searchParams: URLSearchParams
  hash: string
  toJSON: () => string
  toString: () => string
}

declare var URL: {
  prototype: URL
  /** @throws {TypeError} */
  new (url: string | URL, base?: string | URL): URL
  canParse: (url: string | URL, base?: string | URL) => boolean
  parse: (url: string | URL, base?: string | URL) => URL | null
}

interface URLSearchParams {
  readonly size: number
  append: (name: string, value: string) => void
  delete: (name: string, value?: string) => void
  get: (name: string) => string | null
  getAll: (name: string) => string[]
  has: (name: string, value?: string) => boolean
  set: (name: string, value: string) => void
  sort: () => void
  toString: () => string
  forEach: (callback: (value: string, name: string, params: URLSearchParams) => void, thisArg?: unknown) => void
  keys: () => IteratorObject<string, undefined>
  values: () => IteratorObject<string, undefined>
  entries: () => IteratorObject<[name: string, value: string], undefined>
  [Symbol.iterator]: () => IteratorObject<[name: string, value: string], undefined>
}

declare var URLSearchParams: {
  prototype: URLSearchParams
  new (init?: string | URLSearchParams | Record<string, string> | Iterable<readonly [name: string, value: string]>): URLSearchParams
}
