import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { Plugins } from '#shared/plugins/plugins.ts'
import type { UpstreamTarget } from '#shared/upstream-options.ts'
import { effectiveTimeouts, type UpstreamSettings, type UpstreamTimeouts } from '#shared/upstreams.ts'
import { reachable, startTarget, type Target } from './egress.ts'
import { startEdge, type EdgeTestOptions, type TestEdge } from './edge.ts'

export const host = 'shop.api.localhost'

export interface ProxiedOptions extends EdgeTestOptions {
  plugins?: Plugins
  /** Of the route. */
  path?: string
  /** What is asked of the upstream. */
  askedPath?: string
  timeouts?: Partial<UpstreamTimeouts>
  /** What else is said of the upstream. */
  upstream?: Omit<UpstreamSettings, 'url' | 'targets' | 'timeouts'>
}

/** An edge with a gateway whose only route goes to this URL, or to these targets, whatever the method. Nobody needs a key. */
export async function startProxy (t: Test, to: string | UpstreamTarget[], options: ProxiedOptions = {}): Promise<TestEdge> {
  const { plugins: _plugins, path: _path, askedPath: _askedPath, timeouts: _timeouts, upstream: _upstream, ...edgeOptions } = options
  const edge = await startEdge(t, edgeOptions)
  goTo(edge, to, options)
  return edge
}

/** Where the route goes from now on. */
export function goTo (edge: TestEdge, to: string | UpstreamTarget[], { plugins = { none: {} }, path = '/*', askedPath, timeouts, upstream }: ProxiedOptions = {}): void {
  edge.addGateway('shop', {
    plugins,
    upstreams: { origin: { ...(typeof to === 'string' ? { url: to } : { targets: to }), timeouts: effectiveTimeouts(timeouts), ...upstream } },
    routes: [{
      functionName: 'proxied', path, methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'], upstream: { name: 'origin', ...(askedPath !== undefined && { path: askedPath }) }
    }]
  })
}

export interface NamedTargets {
  targets: Target[]
  /** As settings have them, each with the weight 1. */
  urls: UpstreamTarget[]
}

/** Servers that answer with their names: `a`, `b` and so on. */
export async function startNamed (t: Pick<Test, 'teardown'>, count: number): Promise<NamedTargets> {
  const names = 'abcdefgh'
  const targets = await Promise.all(Array.from({ length: count }, async (_, index) =>
    await startTarget(t, (_request, response) => { response.end(names[index]) })))
  return { targets, urls: targets.map(({ origin }) => ({ url: origin, weight: 1 })) }
}

/** The same with a server of the test's own behind it. */
export async function startProxied (t: Test, listener: RequestListener, options: ProxiedOptions & { base?: string } = {}): Promise<{ edge: TestEdge, target: Target }> {
  const { base = '', ...rest } = options
  const target = await startTarget(t, listener)
  return { target, edge: await startProxy(t, `${target.origin}${base}`, rest) }
}

/** A server that speaks bytes. @returns its origin */
export async function startRawTarget (t: Test, onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  server.listen(0, reachable)
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  return `http://${reachable}:${(server.address() as AddressInfo).port}`
}

export interface Conversation {
  socket: Socket
  received: () => string
  until: (text: string | RegExp) => Promise<void>
  closed: Promise<unknown>
}

/** A connection to the edge on which these bytes are sent. */
export async function converse (edge: TestEdge, bytes: string): Promise<Conversation> {
  const socket = await edge.connect()
  let received = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => { received += chunk })
  socket.on('error', () => undefined)
  const closed = new Promise(resolve => socket.once('close', resolve))
  socket.write(bytes, 'latin1')
  return {
    socket,
    received: () => received,
    until: async text => { while (typeof text === 'string' ? !received.includes(text) : !text.test(received)) await once(socket, 'data') },
    closed
  }
}
