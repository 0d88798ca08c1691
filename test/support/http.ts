import type { IncomingHttpHeaders } from 'node:http'
import { request, type Dispatcher } from 'undici'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The parsed body where the answer says that it is JSON, `undefined` otherwise. */
  json: unknown
}

export interface TrafficInit {
  method?: Dispatcher.HttpMethod
  headers?: Record<string, string | string[]>
  /** An object is sent as JSON; a string and bytes as they are. */
  body?: object | string | Buffer
  /** Sent as `x-api-key`. */
  key?: string
}

export type Admin = (method: Dispatcher.HttpMethod, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
export type Traffic = (host: string, path: string, init?: TrafficInit) => Promise<Answer>

/** `path` is below `/v1`, such as `/api-gateways`, or anywhere with two slashes in front: `//openapi.json`. */
export function adminClient (controlUrl: string, adminToken: string, dispatcher: Dispatcher): Admin {
  return async (method, path, body, headers = {}) => await send(`${controlUrl}${path.startsWith('//') ? path.slice(1) : `/v1${path}`}`, {
    method,
    dispatcher,
    headers: { authorization: `Bearer ${adminToken}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : JSON.stringify(body)
  })
}

/** Speaks to the address and names the host: names below `localhost` are not known to every resolver. */
export function trafficClient (dataUrl: string, dispatcher: Dispatcher): Traffic {
  return async (host, path, { method = 'GET', headers = {}, body, key } = {}) => {
    const asJson = typeof body === 'object' && !Buffer.isBuffer(body)
    return await send(`${dataUrl}${path}`, {
      method,
      dispatcher,
      headers: { host, ...(asJson && { 'content-type': 'application/json' }), ...(key !== undefined && { 'x-api-key': key }), ...headers },
      body: asJson ? JSON.stringify(body) : body ?? null
    })
  }
}

async function send (url: string, options: NonNullable<Parameters<typeof request>[1]>): Promise<Answer> {
  const answer = await request(url, options)
  const text = await answer.body.text()
  const isJson = /^application\/(?:[a-z.-]+\+)?json\b/.test(String(answer.headers['content-type']))
  return { status: answer.statusCode, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined }
}
