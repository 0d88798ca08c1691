import assert, { AssertionError } from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { environmentDomain } from '#shared/host.ts'
import { gatewayId, type ClientName, type EnvironmentName } from '../definition.ts'
import type { Keys } from '../setup.ts'
import type { Target } from '../target.ts'

export interface Call {
  /** Default: dev. */
  environment?: EnvironmentName
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  path: string
  /** Whose key of the environment is sent; another text is sent as it is; `null` sends none. Default: Mobile. */
  as?: ClientName | { key: string } | null
  headers?: Record<string, string>
  /** An object goes as JSON, a text as it is. */
  body?: object | string
}

export interface Expected {
  status: number
  /** A text is the whole value, `null` says that the header is not there. */
  headers?: Record<string, string | RegExp | null>
  /** What of the JSON must be so; more may be there. */
  body?: object
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  body: Record<string, unknown>
}

/** Calls the bookshop as its apps do and compares every answer with the one expected. */
export class Driver {
  /** How many answers were right. */
  checked = 0
  readonly target: Target
  readonly #keys: Keys

  constructor (target: Target, keys: Keys) {
    this.target = target
    this.#keys = keys
  }

  /** @throws {Error} that shows the call and the difference */
  async expect (label: string, call: Call, expected: Expected): Promise<Answer> {
    const answer = await this.send(call)
    try {
      compare(answer, expected)
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      throw new Error(`${label}: wrong answer\n${describe(call)}\n${error.message}\n\nThe whole answer: ${answer.status} ${answer.text}`, { cause: error })
    }
    this.checked++
    process.stdout.write(`  ok  ${label}\n`)
    return answer
  }

  /** Changes reach traffic within 100 ms, but not within nothing: asks up to 100 times. @throws {Error} where it never is so */
  async until (label: string, call: Call, isSo: (answer: Answer) => boolean): Promise<void> {
    for (let tries = 1; ; tries++) {
      const answer = await this.send(call)
      if (isSo(answer)) return
      if (tries === 100) throw new Error(`${label}: not so after 100 tries\n${describe(call)}\nThe last answer: ${answer.status} ${answer.text}`)
      await delay(10)
    }
  }

  key (environment: EnvironmentName, client: ClientName): string {
    const key = this.#keys[environment][client]
    if (key === null) throw new Error(`The key of ${client} in ${environment} is not known; setup with --new-keys gives a new one`)
    return key
  }

  async send ({ environment = 'dev', method = 'GET', path, as = 'Mobile', headers = {}, body }: Call): Promise<Answer> {
    const key = as === null ? null : typeof as === 'string' ? this.key(environment, as) : as.key
    const answer = await request(`${this.target.dataUrl}${path}`, {
      method,
      headers: {
        // The host decides the environment. It is named here rather than dialled: not every resolver knows names below localhost.
        host: environmentDomain(gatewayId, environment, this.target.baseDomain),
        ...(key !== null && { 'x-api-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
    })
    const text = await answer.body.text()
    const isJson = /^application\/(?:problem\+)?json\b/.test(String(answer.headers['content-type']))
    return { status: answer.statusCode, headers: answer.headers, text, body: isJson && text !== '' ? JSON.parse(text) as Record<string, unknown> : {} }
  }
}

function compare (answer: Answer, { status, headers = {}, body = {} }: Expected): void {
  assert.equal(answer.status, status, `the status is ${answer.status}, expected ${status}`)
  for (const [name, value] of Object.entries(headers)) {
    const actual = answer.headers[name]
    const right = value === null ? actual === undefined : value instanceof RegExp ? value.test(String(actual ?? '')) : actual === value
    assert.ok(right, `the header ${name} is ${JSON.stringify(actual)}, expected ${value instanceof RegExp ? String(value) : JSON.stringify(value)}`)
  }
  assert.partialDeepStrictEqual(answer.body, body)
}

function describe ({ method = 'GET', environment = 'dev', path, body }: Call): string {
  return `${method} ${path} (${environment})${body === undefined ? '' : ` with ${typeof body === 'string' ? body : JSON.stringify(body)}`}`
}
