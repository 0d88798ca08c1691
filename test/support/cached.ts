import type { Test } from 'tap'
import type { Plugins } from '#shared/plugins/plugins.ts'
import type { CacheSettings } from '#shared/policies/cache/schema.ts'
import type { FunctionCall, FunctionResult } from '../../data-plane/functions/runner.ts'
import type { Answer, TrafficInit } from './http.ts'
import { startEdge, type EdgeTestOptions, type TestEdge } from './edge.ts'

export const host = 'shop.api.localhost'

export interface CachedEdge {
  edge: TestEdge
  /** What came to the function, in order. */
  calls: FunctionCall[]
  ask: (path?: string, init?: TrafficInit) => Promise<Answer>
  /** Lets so many seconds pass. */
  pass: (seconds: number) => void
}

export interface CachedOptions extends Omit<EdgeTestOptions, 'settings'> {
  /** Of the policy. */
  settings?: CacheSettings
  plugins?: Plugins
}

/** An edge whose gateway `shop` keeps what its function answers. Nobody needs a key. */
export async function startCached (t: Test, answer: (call: FunctionCall, number: number) => FunctionResult | Promise<FunctionResult>, options: CachedOptions = {}): Promise<CachedEdge> {
  const { settings = {}, plugins = { none: {} }, ...rest } = options
  const calls: FunctionCall[] = []
  const edge = await startEdge(t, { functions: { hello: call => answer({ ...call }, calls.push({ ...call, headers: { ...call.headers } })) }, ...rest })
  edge.addGateway('shop', { plugins: { ...plugins, cache: settings }, routes: [{ path: '/*', methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'] }] })
  return {
    edge,
    calls,
    ask: (path = '/a', init = {}) => edge.traffic(host, path, init),
    pass: seconds => edge.clock.set(edge.clock.now() + seconds * 1000)
  }
}

/** Answers with the number of the call as its text. */
export function numbered (headers: Record<string, string>, status = 200): (call: FunctionCall, number: number) => FunctionResult {
  return (_call, number) => ({ status, headers: Object.entries(headers), body: String(number) })
}
