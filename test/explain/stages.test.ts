import t, { type Test } from 'tap'
import { Problem } from '#shared/errors.ts'
import { effectiveLimits } from '#shared/function-limits.ts'
import { traceStages, type RequestTrace } from '#shared/request-traces.ts'
import { canaryOf, serve } from '../support/canaries.ts'
import { startEdge, type EdgeTestOptions, type TestEdge } from '../support/edge.ts'
import type { GatewayOptions } from '../support/gateway-items.ts'
import { reachable } from '../support/egress.ts'
import { freePorts } from '../support/ports.ts'
import { startNamed, startProxy } from '../support/upstream.ts'

const host = 'shop.api.localhost'

async function start (t: Test, gateway: GatewayOptions = {}, options: EdgeTestOptions = {}): Promise<TestEdge & { key: string, ask: (path: string, init?: Parameters<TestEdge['traffic']>[2]) => Promise<RequestTrace> }> {
  const edge = await startEdge(t, options)
  edge.addGateway('shop', gateway)
  const key = edge.addClient('shop', 'prod', 'mobile')
  return {
    ...edge,
    key,
    ask: async (path, init = { key }) => {
      await edge.traffic(host, path, init)
      return edge.traceOf('shop-prod', (await edge.entry()).requestId)!
    }
  }
}

t.test('a request that a function has answered has passed all stages', async t => {
  const { ask } = await start(t)
  const trace = await ask('/hello?secret=1')
  t.match(trace, {
    method: 'GET', path: '/hello', host, status: 200, code: null, revision: 3, release: 1, client: { id: 'mobile', name: 'Client mobile' }, apiKeyId: 'key-mobile',
    route: { functionName: 'hello', versionId: 'v1', path: '/hello', upstream: null }
  })
  t.ok(trace.at > 0 && trace.durationMs >= trace.functionMs)
  t.strictSame(trace.stages.filter(({ reason }) => reason !== 'not_set').map(({ stage, decision, reason }) => `${stage} ${decision} ${reason}`), [
    'host passed null', 'overload passed null', 'path passed null', 'authentication passed key-auth', 'route passed null', 'function answered null'
  ])
  t.strictSame(trace.stages.map(({ stage }) => stage), traceStages.filter(stage => !['body', 'upstream', 'answer'].includes(stage)), 'all that it has met, in order')
  t.notOk(JSON.stringify(trace).includes('secret'), 'the query is not kept')
})

/** How a trace ends. */
function end ({ stages }: RequestTrace): object {
  const { stage, decision, reason, details } = stages.at(-1)!
  return { stage, decision, reason, details }
}

t.test('what a stage refuses is said to be refused there, and why', async t => {
  const { ask, key, traffic, addClient, entry, traceOf } = await start(t, {
    plugins: {
      cors: { allowOrigins: ['https://shop.example'] },
      'limit-count': { count: 1, windowSeconds: 60 },
      'ip-restriction': { deny: ['192.0.2.0/24'] },
      'fault-injection': { abort: { status: 503 } }
    }
  }, { settings: { trustedProxies: ['127.0.0.0/8'] } })
  t.match(end(await ask('/a//b')), { stage: 'path', decision: 'refused', reason: 'malformed_request' })
  t.match(end(await ask('/hello', { key, headers: { 'x-forwarded-for': '192.0.2.1' } })), { stage: 'admission', decision: 'refused', reason: 'address_denied', details: { policy: 'ip-restriction' } })
  t.match(end(await ask('/hello', {})), { stage: 'authentication', decision: 'refused', reason: 'api_key_missing' })
  const wrong = await ask('/hello', { key: `${key}x` })
  t.match(end(wrong), { stage: 'authentication', decision: 'refused', reason: 'api_key_invalid', details: { policy: 'key-auth' } })
  t.notOk(JSON.stringify(wrong).includes(key.slice(9)), 'no key is kept')
  t.match(wrong.stages.find(({ stage }) => stage === 'admission'), { decision: 'passed', details: { policies: ['ip-restriction'] } })

  const met = await ask('/hello')
  t.match(end(met), { stage: 'meeting', decision: 'refused', reason: 'fault_injected', details: { policy: 'fault-injection' } })
  t.match(met.stages.find(({ stage }) => stage === 'limits'), { decision: 'passed', details: { left: /r=0/ } })
  t.match(end(await ask('/hello')), { stage: 'limits', decision: 'refused', reason: 'rate_limit_exceeded' })
  const other = addClient('shop', 'prod', 'web')
  t.match(end(await ask('/nothing', { key: other })), { stage: 'route', decision: 'refused', reason: 'route_not_found' })

  const preflight = { method: 'OPTIONS' as const, headers: { origin: 'https://shop.example', 'access-control-request-method': 'GET' } }
  t.match(end(await ask('/hello', preflight)), { stage: 'cors', decision: 'answered', reason: 'preflight' })
  t.match(end(await ask('/hello', { ...preflight, headers: { ...preflight.headers, origin: 'https://evil.example' } })), { stage: 'cors', decision: 'answered', reason: 'origin_not_allowed' })
  const { headers } = await traffic('nobody.api.localhost', '/')
  await entry()
  t.equal(traceOf('shop-prod', String(headers['x-request-id'])), null, 'what is no gateway\'s is nobody\'s')
})

t.test('what comes after the route is explained as well: body, function, and a client that did not wait', async t => {
  const called = Promise.withResolvers<void>()
  const { ask, key, connect, entry, traceOf } = await start(t, {
    routes: [{ path: '/hello', methods: ['POST'], limits: { ...effectiveLimits(), maxRequestBytes: 4 } }, { path: '/broken', functionName: 'broken' }, { path: '/slow', functionName: 'slow' }]
  }, {
    functions: {
      hello: () => ({ status: 201, headers: [], body: null }),
      broken: () => { throw new Problem('function_failed') },
      slow: async () => {
        called.resolve()
        return await new Promise(() => {})
      }
    }
  })
  const taken = await ask('/hello', { key, method: 'POST', body: 'four' })
  t.match(taken.stages.filter(({ stage }) => stage === 'body'), [{ decision: 'passed', details: { bytes: 4 } }])
  t.match(end(taken), { stage: 'function', decision: 'answered' })
  t.match(end(await ask('/hello', { key, method: 'POST', body: 'longer' })), { stage: 'body', decision: 'refused', reason: 'payload_too_large' })
  t.match(end(await ask('/hello', { key })), { stage: 'route', decision: 'refused', reason: 'method_not_allowed' })
  t.match(end(await ask('/broken', { key })), { stage: 'function', decision: 'failed', reason: 'function_failed' })
  const socket = await connect()
  socket.write(`GET /slow HTTP/1.1\r\nHost: ${host}\r\nx-api-key: ${key}\r\n\r\n`)
  await called.promise
  socket.destroy()
  const { requestId } = await entry()
  t.match(end(traceOf('shop-prod', requestId)!), { stage: 'function', decision: 'left', reason: null })
})

t.test('of a canary it is said who has chosen', async t => {
  const edge = await startEdge(t)
  serve(edge, { plugins: { none: {} }, canary: canaryOf(2, 0, 'x-try') })
  for (const [headers, reason, canary, release] of [[{ 'x-try': 'always' }, 'header', true, 2], [{}, 'share', false, 1]] as const) {
    await edge.traffic(host, '/hello', { headers })
    const trace = edge.traceOf('shop-prod', (await edge.entry()).requestId)!
    t.match(trace.stages.find(({ stage }) => stage === 'canary'), { decision: 'passed', reason, details: { canary } })
    t.equal(trace.release, release)
  }
})

t.test('each attempt to ask an upstream is told with what came of it', async t => {
  const { targets, urls } = await startNamed(t, 1)
  const [port] = await freePorts(1)
  const edge = await startProxy(t, [{ url: `http://${reachable}:${port}`, weight: 1_000 }, ...urls])
  await edge.traffic(host, '/x')
  const trace = edge.traceOf('shop-prod', (await edge.entry()).requestId)!
  t.match(trace, { status: 200, route: { upstream: 'origin' }, attempts: [{ target: /^http/, status: null, code: 'upstream_unreachable', ms: Number }, { target: targets[0]!.origin, status: 200, code: null, ms: Number }] })
  t.match(end(trace), { stage: 'upstream', decision: 'answered' })
})
