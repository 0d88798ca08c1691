import { LRUCache } from 'lru-cache'
import { Agent, type Dispatcher } from 'undici'
import type { AddressGuard } from '../egress/addresses.ts'
import { createConnector } from '../egress/connector.ts'
import type { Lookup } from '../egress/dns.ts'

/** An endpoint that says who somebody is was asked, and gave nothing that can be used. */
export class EndpointFailed extends Error {
  override readonly name = 'EndpointFailed'
}

export interface EndpointRequest {
  /** Whose connections are used: those of two environments are never shared. */
  owner: string
  url: string
  /** Sent as a form, with POST; left out: GET. */
  form?: Record<string, string>
  headers?: Record<string, string>
  timeoutMs: number
  maxBytes: number
}

/** Asks endpoints that tenants have chosen. */
export interface IdentityEndpoints {
  /** The answer as JSON. A redirect is no answer. @throws {EndpointFailed} */
  ask: (request: EndpointRequest) => Promise<unknown>
  close: () => Promise<void>
}

export interface IdentityEndpointsOptions {
  /** Owners of gateways choose endpoints: what functions may not reach, those may not be. */
  guard: AddressGuard
  lookup: Lookup
  /** Certificates (PEM) that are trusted instead of the usual ones. */
  ca?: string[]
}

const maxAgents = 256
const connectTimeoutMs = 3_000
const connectionsEach = 8
const maxHeaderBytes = 16 * 1024

export function createIdentityEndpoints ({ guard, lookup, ca }: IdentityEndpointsOptions): IdentityEndpoints {
  const open = new Set<Agent>()
  const retire = (agent: Agent): void => void agent.close().finally(() => open.delete(agent))
  const agents = new LRUCache<string, Agent>({ max: maxAgents, dispose: retire })
  const agentOf = (owner: string): Agent => {
    const known = agents.get(owner)
    if (known !== undefined) return known
    const connect = createConnector({ guard, lookup, timeoutMs: connectTimeoutMs, ...(ca && { ca }) })
    const agent = new Agent({ connect, connections: connectionsEach, pipelining: 1, maxHeaderSize: maxHeaderBytes })
    open.add(agent)
    agents.set(owner, agent)
    return agent
  }
  return {
    ask: async request => {
      try {
        return await ask(request, agentOf(request.owner))
      } catch (cause) {
        if (cause instanceof EndpointFailed) throw cause
        throw new EndpointFailed('the endpoint could not be asked', { cause })
      }
    },
    close: async () => {
      await Promise.all([...open].map(async agent => await agent.destroy()))
    }
  }
}

async function ask ({ url, form, headers = {}, timeoutMs, maxBytes }: EndpointRequest, dispatcher: Agent): Promise<unknown> {
  const { origin, pathname, search } = new URL(url)
  const { statusCode, body } = await dispatcher.request({
    origin,
    path: pathname + search,
    method: form === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', 'accept-encoding': 'identity', ...(form && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
    body: form === undefined ? null : new URLSearchParams(form).toString(),
    signal: AbortSignal.timeout(timeoutMs)
  })
  if (statusCode !== 200) {
    // Nobody reads it, so nobody else hears that it has ended too early.
    body.on('error', () => undefined).destroy()
    throw new EndpointFailed(`the endpoint answered with the status ${statusCode}`)
  }
  return parse(await read(body, maxBytes))
}

async function read (body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Leaving the loop destroys the body, and the connection with it.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new EndpointFailed(`the endpoint answered with more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes).toString('utf8')
}

/** The parser's own error is dropped on purpose: its text quotes what it could not read. */
function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new EndpointFailed('the endpoint answered with what is no JSON')
  }
}
