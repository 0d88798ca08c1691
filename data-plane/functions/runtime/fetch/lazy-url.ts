import { scope } from '../scope.ts'

/**
 * Some of the URLs that the parser gives back as they are: a host that is a name in lower case, no port that could be the default,
 * no segment that begins with a dot, and nothing anywhere that would be encoded. They are most of those that come in.
 */
const canonical = /^https?:\/\/(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*(?::[1-9]\d{3})?(?!.*\/(?:\.|%2[eE]))\/[\w!$&()*+,./:;=?@~%-]*$/

/**
 * The URL of a request that came in, parsed when it is read. Stands where undici keeps a `URL`, and has of it what undici reads;
 * nobody else sees it.
 */
export class LazyURL {
  readonly #text: string
  #url: URL | undefined

  constructor (text: string) {
    this.#text = text
  }

  get #parsed (): URL {
    return this.#url ??= new (scope.use('url').URL)(this.#text)
  }

  get href (): string { return canonical.test(this.#text) ? this.#text : this.#parsed.href }
  get origin (): string { return this.#parsed.origin }
  get protocol (): string { return this.#parsed.protocol }
  get username (): string { return this.#parsed.username }
  get password (): string { return this.#parsed.password }
  get host (): string { return this.#parsed.host }
  get hostname (): string { return this.#parsed.hostname }
  get port (): string { return this.#parsed.port }
  get pathname (): string { return this.#parsed.pathname }
  get search (): string { return this.#parsed.search }
  get hash (): string { return this.#parsed.hash }
  toString (): string { return this.href }
}
