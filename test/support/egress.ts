import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Test } from 'tap'
import { createLogger } from '#shared/log.ts'
import { createAddressGuard } from '../../data-plane/egress/addresses.ts'
import { createEgressClient, type EgressClient } from '../../data-plane/egress/client.ts'
import { createLookup } from '../../data-plane/egress/dns.ts'
import { EgressError } from '../../data-plane/egress/errors.ts'
import { createEgress, type Egress, type EgressRequest } from '../../data-plane/egress/fetch.ts'
import type { EgressLimits } from '../../data-plane/egress/limits.ts'
import type { EgressRequestHead, HeaderPair } from '../../data-plane/egress/request.ts'
import { superviseEgress, type EgressSupervisor } from '../../data-plane/egress/supervise.ts'
import { testBundles } from './bundles.ts'
import { temporaryDirectory } from './platform.ts'

/** The one address that the egress of a test may reach; 127.0.0.1 is refused, as everywhere. */
export const reachable = '127.0.0.2'
export const certificate = readFileSync(new URL('tls/certificate.pem', import.meta.url), 'utf8')
const key = readFileSync(new URL('tls/key.pem', import.meta.url), 'utf8')

export interface Target {
  origin: string
  port: number
  server: Server
  requests: IncomingMessage[]
  /** All that were ever accepted. */
  sockets: Socket[]
  /** Resolves when none of them is connected any more. */
  disconnected: () => Promise<void>
}

/** A server for functions to call. It answers `ok` where there is no listener. */
export async function startTarget (t: Pick<Test, 'teardown'>, listener: RequestListener = (_request, response) => { response.end('ok') }, options: { host?: string, secure?: boolean } = {}): Promise<Target> {
  const { host = reachable, secure = false } = options
  const requests: IncomingMessage[] = []
  const sockets: Socket[] = []
  const server = secure ? createSecureServer({ key, cert: certificate }) : createServer()
  server.on('request', (request, response) => {
    requests.push(request)
    listener(request, response)
  })
  server.on('connection', (socket: Socket) => sockets.push(socket))
  server.listen(0, host)
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const disconnected = async (): Promise<void> => {
    await Promise.all(sockets.map(async socket => await new Promise<void>(resolve => {
      if (socket.closed) resolve()
      else socket.once('close', () => resolve())
    })))
  }
  return { origin: `${secure ? 'https' : 'http'}://${host}:${port}`, port, server, requests, sockets, disconnected }
}

export interface EgressTestOptions {
  limits?: Partial<EgressLimits>
  /** DNS servers. */
  dns?: string[]
  allow?: string[]
  ca?: string[]
}

/** An egress inside the test's own process. */
export function openEgress (t: Test, { limits = {}, dns, allow = [`${reachable}/32`], ca }: EgressTestOptions = {}): Egress {
  const egress = createEgress({ guard: createAddressGuard({ allow }), lookup: createLookup({ servers: dns ?? null }), limits, ...(ca && { ca }) })
  t.teardown(async () => await egress.close())
  return egress
}

/** The egress as it runs in production, in a process of its own. */
export async function startEgress (t: Pick<Test, 'teardown'>, options: EgressTestOptions = {}): Promise<EgressSupervisor & { connect: (t: Test) => EgressClient }> {
  const supervisor = await superviseEgress({
    runDir: temporaryDirectory(t),
    program: (await testBundles()).egress,
    logger: createLogger('test', 'silent'),
    allow: options.allow ?? [`${reachable}/32`],
    dnsServers: options.dns ?? null,
    limits: options.limits ?? {}
  })
  t.teardown(async () => await supervisor.close())
  return {
    ...supervisor,
    connect: t => {
      const client = createEgressClient(supervisor.socketPath)
      t.teardown(() => client.close())
      return client
    }
  }
}

export interface FetchInit extends Partial<Omit<EgressRequest, 'content' | 'body'>> {
  /** A string has a known length; anything else is a stream. */
  body?: string | AsyncIterable<Uint8Array>
  signal?: AbortSignal
}

/** A request for the tenant `shop-dev`, unless it says otherwise. */
export function makeRequest (url: string, { body, signal: _signal, ...init }: FetchInit = {}): EgressRequest {
  return {
    tenant: 'shop-dev',
    method: 'GET',
    url,
    headers: [],
    redirect: 'follow',
    body: body === undefined ? null : { length: typeof body === 'string' ? Buffer.byteLength(body) : null },
    content: typeof body === 'string' ? single(Buffer.from(body)) : body ?? null,
    ...init
  }
}

/** A request without a body, for a client. */
export function fetchFrom (url: string, init: FetchInit = {}): EgressRequestHead {
  const { content: _content, ...head } = makeRequest(url, init)
  return head
}

export interface Fetched {
  status: number
  url: string
  redirected: boolean
  headers: Record<string, string>
  bytes: number
  text: string
}

/** Fetches and reads all of it. An error is an answer, too: its code and its message. */
export async function fetchAll (egress: Egress, url: string, init: FetchInit = {}): Promise<Fetched | { code: string, message: string }> {
  try {
    const response = await egress.fetch(makeRequest(url, init), init.signal)
    const text = await readText(response.body)
    return {
      status: response.status, url: response.url, redirected: response.redirected, headers: headersOf(response.headers), bytes: Buffer.byteLength(text), text
    }
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    return { code: error.code, message: error.message }
  }
}

export async function readText (body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function headersOf (pairs: HeaderPair[]): Record<string, string> {
  return Object.fromEntries(pairs)
}

async function * single (chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk
}
