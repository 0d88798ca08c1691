import type { PolicyRequest } from '#shared/policies/policy.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** The same for all steps of a request; made for the first. */
export function shownRequest (request: EdgeRequest): PolicyRequest {
  return request.exchange.shown ??= new ShownRequest(request)
}

/** What a request is at the time that it is looked at. */
class ShownRequest implements PolicyRequest {
  readonly #request: EdgeRequest

  constructor (request: EdgeRequest) {
    this.#request = request
  }

  get method (): string {
    return this.#request.raw.method!
  }

  get path (): string {
    return this.#request.exchange.target.path
  }

  get query (): string {
    return this.#request.exchange.target.query
  }

  get headers (): PolicyRequest['headers'] {
    return this.#request.raw.headers
  }

  get address (): string {
    return this.#request.exchange.address
  }

  get client (): PolicyRequest['client'] {
    const { caller } = this.#request.exchange
    return caller === null ? null : caller.client
  }

  get signedDigest (): PolicyRequest['signedDigest'] {
    return this.#request.exchange.signedDigest
  }

  get scopes (): PolicyRequest['scopes'] {
    return this.#request.exchange.scopes
  }

  get route (): PolicyRequest['route'] {
    const { match } = this.#request.exchange
    return match ? { name: match.target.functionName, path: match.target.path, params: match.params } : null
  }
}
