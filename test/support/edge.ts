import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import path from 'node:path'
import { Agent } from 'undici'
import type { Test } from 'tap'
import { createApiKey, hashApiKey } from '#shared/api-key.ts'
import type { Clock } from '#shared/clock.ts'
import { readConfig, type Config } from '#shared/config.ts'
import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import type { FeedClient, FeedItem } from '#shared/feed.ts'
import { createLogger, type Logger } from '#shared/log.ts'
import type { RequestTrace } from '#shared/request-traces.ts'
import { SecretError } from '#shared/secret-box.ts'
import type { CountedAnswer } from '../../data-plane/canaries/reporter.ts'
import { createIdentityEndpoints } from '../../data-plane/authentication/endpoints.ts'
import { createNonceStore } from '../../data-plane/authentication/nonce-store.ts'
import type { MachineNonces } from '../../data-plane/authentication/nonces.ts'
import type { AnswerChange } from '../../data-plane/cache/changes.ts'
import { buildEdge, type EdgeApp } from '../../data-plane/edge/app.ts'
import { noRecorder, type AccessEntry } from '../../data-plane/edge/record.ts'
import type { OpenSecret } from '../../data-plane/edge/secrets.ts'
import type { Cancellation, FunctionCall, FunctionLogLine, FunctionResult, FunctionRunner, RunnableFunction } from '../../data-plane/functions/runner.ts'
import { describeTrace } from '../../data-plane/explain/describe.ts'
import { TraceStore } from '../../data-plane/explain/trace-store.ts'
import { createAddressGuard } from '../../data-plane/egress/addresses.ts'
import { createLookup } from '../../data-plane/egress/dns.ts'
import { createConcurrency, type Concurrency } from '../../data-plane/limits/concurrency.ts'
import { createWindowCounters, type SharedCounters } from '../../data-plane/limits/counter.ts'
import { openReplicaReader } from '../../data-plane/replica/reader.ts'
import { openReplicaWriter } from '../../data-plane/replica/writer.ts'
import { createActiveChecks } from '../../data-plane/upstream/active-checks.ts'
import { createUpstreamPools } from '../../data-plane/upstream/pools.ts'
import type { CountRequest } from '../../data-plane/usage/route-counts.ts'
import { reachable } from './egress.ts'
import { gatewayItems, type GatewayOptions } from './gateway-items.ts'
import type { QuotaCounters } from '../../data-plane/quotas/remote-quotas.ts'
import { openTestQuotas } from './quotas.ts'
import { trafficClient, type Traffic } from './http.ts'
import { temporaryDirectory } from './platform.ts'

export type TestFunction = (call: FunctionCall, fn: RunnableFunction, cancellation: Cancellation | undefined) => FunctionResult | Promise<FunctionResult>

/** An edge in this process, over a replica on the disk; its functions are the test's own. */
export interface TestEdge extends EdgeApp {
  port: number
  traffic: Traffic
  /** Commits items to the replica and tells the edge what they touched, as the supervisor does. */
  commit: (...items: FeedItem[]) => void
  /** The same with a snapshot: whatever was there is gone. */
  replace: (...items: FeedItem[]) => void
  /** Commits a gateway with `dev` and `prod`, where `routes` are released to both. */
  addGateway: (gatewayId: string, options?: GatewayOptions) => void
  /** Commits a client and returns its key. */
  addClient: (gatewayId: string, environment: string, clientId: string, options?: ClientOptions) => string
  /** Sends bytes on a connection of their own and resolves with all that comes back until the server closes it, or `answers` have come. */
  raw: (bytes: string, options?: { answers?: number }) => Promise<string>
  connect: () => Promise<Socket>
  /** Access entries so far; an entry is there when the answer has been sent, and the test has awaited `entry`. */
  entry: () => Promise<AccessEntry>
  /** What the request has met; `null`: nothing is known of it. It is there with its `entry`. @param environment such as `shop-prod` */
  traceOf: (environment: string, requestId: string) => RequestTrace | null
  /** What checks of targets have said so far: the upstream's key, and the URLs of those that are down. */
  downs: string[][]
  /** What other workers would have been told, in order. */
  answerChanges: AnswerChange[]
  /** What has been counted for canaries, in order. */
  counted: CountedAnswer[]
  /** What owners were told so far. */
  told: FunctionLogLine[]
  /** What the control plane was last heard of, for the test to change; at first a moment ago. */
  freshness: { ageMs: number }
  /** What keeps its replica from being written, for the test to change. */
  writing: { trouble: DataPlaneTrouble | null }
  /** Milliseconds since the epoch, for the test to change. */
  clock: { now: () => number, set: (now: number) => void }
}

export interface ClientOptions extends Partial<Omit<FeedClient, 'keys'>> {
  key?: string
  keyExpiresAt?: string | null
}

export interface EdgeTestOptions {
  functions?: Record<string, TestFunction>
  keyPepper?: string | null
  /** Beside the defaults. */
  settings?: Partial<Config>
  /** Default: nothing can be opened. */
  openSecret?: OpenSecret
  logger?: Logger
  countRequest?: CountRequest
  /** Nothing has been received yet. */
  empty?: boolean
  /** Ranges beside the public addresses where upstreams may be; where test targets are, by default. */
  upstreamAllow?: string[]
  upstreamCa?: string[]
  /** DNS servers. */
  upstreamDns?: string[]
  sharedCounters?: SharedCounters | null
  concurrency?: Concurrency
  /** Default: those of a ledger of its own, which no control plane hears of. */
  quotas?: QuotaCounters
  /** Default: those of this edge. */
  nonces?: MachineNonces
}

export async function startEdge (t: Test, options: EdgeTestOptions = {}): Promise<TestEdge> {
  const { functions = {}, keyPepper = null, settings = {}, openSecret = refuseSecret, logger = createLogger('edge', 'silent'), empty = false, upstreamAllow = [`${reachable}/32`], upstreamCa, upstreamDns = null, countRequest = () => undefined, sharedCounters = null, concurrency = createConcurrency() } = options
  const file = path.join(temporaryDirectory(t), 'replica.db')
  const writer = openReplicaWriter({ file, environments: null, logger })
  const replica = openReplicaReader(file)
  const clock = createClock()
  const entries = createEntries()
  const counted: CountedAnswer[] = []
  const told: FunctionLogLine[] = []
  const freshness = { ageMs: 0 }
  const writing: TestEdge['writing'] = { trouble: null }
  const traces = new TraceStore(4 * 1024 * 1024)
  const outbound = { guard: createAddressGuard({ allow: upstreamAllow }), lookup: createLookup({ servers: upstreamDns }), ...(upstreamCa && { ca: upstreamCa }) }
  const upstreams = createUpstreamPools(outbound)
  const identity = createIdentityEndpoints(outbound)
  const downs: string[][] = []
  const answerChanges: AnswerChange[] = []
  const checks = createActiveChecks({
    replica,
    pools: createUpstreamPools(outbound),
    openSecret,
    logger,
    onDown: (key, urls) => {
      edge.setDown(key, urls)
      downs.push([key, ...urls])
    }
  })
  const edge = buildEdge({
    // A machine that is busy with other tests is not what is tried here.
    config: { ...readConfig({}), overloadDelayMs: 30_000, baseDomain: 'localhost', keyPepper, ...settings },
    replica,
    counters: createWindowCounters({ clock }),
    sharedCounters,
    concurrency,
    nonces: options.nonces ?? createNonceStore({ clock }),
    quotas: options.quotas ?? openTestQuotas(t, { clock, file: path.join(path.dirname(file), 'quotas.sqlite') }).quotas,
    runner: createTestRunner(functions),
    openSecret,
    clock,
    freshness: { ageMs: () => freshness.ageMs },
    trouble: () => writing.trouble,
    logger,
    record: { ...noRecorder, write: entries.add },
    canaries: { count: answer => { counted.push(answer) } },
    usage: { countRequest },
    upstreams,
    identity,
    tellOwner: line => told.push(line),
    onUpstreamUse: place => checks.use(place),
    onAnswerChange: change => answerChanges.push(change),
    traces,
    worker: 1
  })
  await edge.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = edge.app.server.address() as AddressInfo
  const dispatcher = new Agent()
  t.teardown(async () => {
    await dispatcher.destroy()
    await Promise.all([upstreams.close(), checks.close(), identity.close()])
    edge.app.server.closeAllConnections()
    await edge.app.close()
    replica.close()
    writer.close()
  })

  let revision = 0
  const write = (snapshot: boolean, items: FeedItem[]): void => {
    const batch = writer.begin({ type: 'begin', store: 'test', snapshot })
    for (const item of items) batch.apply(item)
    const change = batch.commit({ type: 'commit', revision: ++revision })
    edge.hot.apply(change)
    checks.apply(change)
  }
  const commit = (...items: FeedItem[]): void => write(revision === 0, items)
  if (!empty) commit()

  return {
    ...edge,
    port,
    traffic: trafficClient(`http://127.0.0.1:${port}`, dispatcher),
    commit,
    replace: (...items) => write(true, items),
    addGateway: (gatewayId, options) => commit(...gatewayItems(gatewayId, options)),
    addClient: (gatewayId, environment, clientId, options = {}) => {
      const { key = createApiKey(environment), keyExpiresAt = null, ...client } = options
      const keys = [{ apiKeyId: `key-${clientId}`, keyHash: hashApiKey(key, keyPepper), expiresAt: keyExpiresAt }]
      commit({ type: 'client', gatewayId, environment, clientId, value: { name: `Client ${clientId}`, enabled: true, expiresAt: null, ...client, keys } })
      return key
    },
    raw: async (bytes, { answers = Infinity } = {}) => await exchangeBytes(await connectTo(port), bytes, answers),
    connect: () => connectTo(port),
    entry: entries.next,
    traceOf: (environment, requestId) => {
      const trace = traces.find(environment, requestId)
      return trace === null ? null : describeTrace(trace, 1)
    },
    told,
    downs,
    answerChanges,
    counted,
    freshness,
    writing,
    clock
  }
}

function refuseSecret (): never {
  throw new SecretError('there are no keys')
}

function createTestRunner (functions: Record<string, TestFunction>): FunctionRunner {
  return {
    call: async (fn, call, cancellation) => await (functions[fn.functionName] ?? describeCall)(call, fn, cancellation),
    release: async () => null,
    close: async () => {}
  }
}

/** Answers with what it was called with. */
export function describeCall (call: FunctionCall, fn: RunnableFunction): FunctionResult {
  const seen = { ...call, body: call.body === null ? null : call.body.toString('latin1'), fn: fn.key, environment: fn.environment }
  return { status: 200, headers: [['content-type', 'application/json']], body: JSON.stringify(seen) }
}

function createClock (): Clock & { set: (now: number) => void } {
  let now = Date.parse('2030-01-01T00:00:00Z')
  return { now: () => now, set: value => { now = value } }
}

/** In the order of their ends, each given out once. */
function createEntries (): { add: (entry: AccessEntry) => void, next: () => Promise<AccessEntry> } {
  const arrived: AccessEntry[] = []
  const wanted: Array<(entry: AccessEntry) => void> = []
  return {
    add: entry => {
      const resolve = wanted.shift()
      if (resolve) resolve(entry)
      else arrived.push(entry)
    },
    next: () => new Promise(resolve => {
      const entry = arrived.shift()
      if (entry) resolve(entry)
      else wanted.push(resolve)
    })
  }
}

async function connectTo (port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

async function exchangeBytes (socket: Socket, bytes: string, answers: number): Promise<string> {
  let received = ''
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    received += chunk
    if (received.split(/^HTTP\/1\.1 \d{3} /m).length > answers && received.endsWith('}')) socket.end()
  })
  socket.on('error', reject)
  socket.on('close', () => resolve(received))
  socket.write(bytes, 'latin1')
  return await promise
}
