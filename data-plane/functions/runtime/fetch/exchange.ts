import { HeadersList } from 'undici/lib/web/fetch/headers.js'
import { fromInnerRequest, makeRequest } from 'undici/lib/web/fetch/request.js'
import type { Request } from 'undici/lib/web/fetch/request.js'
import { getResponseState } from 'undici/lib/web/fetch/response.js'
import type { Response } from 'undici/lib/web/fetch/response.js'
import { webidl } from 'undici/lib/web/webidl/index.js'
import { scope } from '../scope.ts'
import type { RequestParts, ResponseParts } from '../scope.ts'
import { Body, toBody } from './body.ts'
import { toReader } from './body-streams.ts'
import { LazyURL } from './lazy-url.ts'

const controllers = new WeakMap<Request, AbortController>()

/** A request that came in. Its headers are immutable, as those of a service worker's are (Service Workers, "handle fetch"). */
export function createRequest ({ method, url, headers, body }: RequestParts): Request {
  const headersList = new HeadersList()
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (typeof value === 'string') headersList.append(name, value, true)
    else for (const item of value ?? []) headersList.append(name, item, true)
  }
  const controller = new (scope.use('events').AbortController)() as unknown as AbortController
  const inner = makeRequest({
    method,
    urlList: [new LazyURL(url)],
    mode: 'cors',
    body: body === null ? null : new Body(typeof body === 'string' ? body : new Uint8Array(body))
  })
  inner.headersList = headersList
  const request = fromInnerRequest(inner, undefined, controller.signal, 'immutable')
  controllers.set(request, controller)
  return request
}

/** Aborts the signal of a request made by `createRequest`; of any other object nothing. */
export function abortRequest (request: unknown, reason: unknown): void {
  controllers.get(request as Request)?.abort(reason)
}

/** By a private field, which no other object can have. */
export function isResponse (value: unknown): value is Response {
  return webidl.is.Response(value)
}

/**
 * Takes a response apart; its body counts as read from then on.
 * @throws {TypeError} where the body was read before, or is being read
 */
export function readResponse (response: Response): ResponseParts {
  const state = getResponseState(response)
  return { status: state.status, headers: state.headersList.entriesList, body: state.body ? readBody(toBody(state.body as Body)) : null }
}

function readBody (body: Body): ResponseParts['body'] {
  if (body.isUnusable) throw new TypeError('The body of the response was already read')
  const stream = body.takeStream()
  return stream === null ? body.take() as string | Uint8Array : toReader(stream.getReader())
}
