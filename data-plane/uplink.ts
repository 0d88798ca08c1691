import { Agent, request, type Dispatcher } from 'undici'
import { uplinkPrefix } from '#shared/uplink.ts'

/** What a data plane asks of a control plane, or tells it: `shared/uplink.ts`. */
export interface Uplink {
  /**
   * One request. The answer is the control plane's, parsed and not checked further; `undefined` where it is empty.
   * @param matter after `/v1/data-plane`, with its slash
   * @throws {UplinkError}
   */
  post: (matter: string, body: unknown, options?: { timeoutMs?: number }) => Promise<unknown>
  /** What is under way fails. */
  close: () => Promise<void>
}

export interface UplinkOptions {
  controlUrl: string
  /** See `readControlCa`. */
  ca?: string | null
  /** Asked for at every request: the file that it comes from may have been written anew. */
  token: () => string | null
  /** Requests at a time; further ones wait. */
  connections?: number
}

/**
 * `unreachable`: it may have been done or not. `denied`: the token is not valid. `refused`: the control plane has understood, and said no
 * with a problem's `code` and `detail`.
 */
export type UplinkFailure = 'unreachable' | 'denied' | 'refused'

export class UplinkError extends Error {
  override readonly name = 'UplinkError'
  readonly failure: UplinkFailure
  readonly status: number | null
  readonly code: string | null
  /** For certain: there was no connection, or the control plane has refused. */
  readonly isUndone: boolean
  constructor (failure: UplinkFailure, message: string, { status = null, code = null, cause }: { status?: number | null, code?: string | null, cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.isUndone = failure !== 'unreachable' || isConnectError(cause)
    this.failure = failure
    this.status = status
    this.code = code
  }
}

/** Of the system, its resolver and undici, when a connection was wanted. */
const connectErrors = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

function isConnectError (cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && connectErrors.has(String(cause.code))
}

const defaultTimeoutMs = 10_000
const maxAnswerBytes = 32 * 1024 * 1024

export function createUplink ({ controlUrl, ca = null, token, connections = 8 }: UplinkOptions): Uplink {
  const agent = new Agent({ connections, pipelining: 1, allowH2: false, keepAliveTimeout: 30_000, connect: { timeout: 5_000, ...(ca !== null && { ca }) }, maxResponseSize: maxAnswerBytes })
  const ask = async (matter: string, body: unknown, bearer: string, signal: AbortSignal): Promise<{ status: number, text: string }> => {
    try {
      const answer: Dispatcher.ResponseData = await request(`${controlUrl}${uplinkPrefix}${matter}`, {
        method: 'POST', dispatcher: agent, signal, headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }, body: JSON.stringify(body)
      })
      return { status: answer.statusCode, text: await answer.body.text() }
    } catch (cause) {
      throw new UplinkError('unreachable', 'the control plane cannot be reached', { cause })
    }
  }
  return {
    post: async (matter, body, { timeoutMs = defaultTimeoutMs } = {}) => {
      const bearer = token()
      if (bearer === null) throw new UplinkError('denied', 'there is no data-plane token')
      const { status, text } = await ask(matter, body, bearer, AbortSignal.timeout(timeoutMs))
      if (status < 300) return text === '' ? undefined : parse(text, status)
      throw toError(status, text)
    },
    close: async () => await agent.destroy()
  }
}

function toError (status: number, text: string): UplinkError {
  if (status === 401 || status === 403) return new UplinkError('denied', 'the control plane refuses the data-plane token', { status })
  // Overloaded, restarting, or something between here and there: not an answer.
  if (status >= 500) return new UplinkError('unreachable', `the control plane answered ${status}`, { status })
  const problem = parse(text, status)
  const member = (name: 'code' | 'detail'): string | null => {
    const value = typeof problem === 'object' && problem !== null ? (problem as Record<string, unknown>)[name] : null
    return typeof value === 'string' ? value : null
  }
  return new UplinkError('refused', member('detail') ?? `the control plane answered ${status}`, { status, code: member('code') })
}

function parse (text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UplinkError('unreachable', `what answered ${status} is no control plane`, { status, cause })
  }
}
