import t, { type Test } from 'tap'
import type { RequestTrace } from '#shared/request-traces.ts'
import { startEdge, type EdgeTestOptions, type GatewayOptions, type TestEdge } from '../support/edge.ts'

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
  t.match(trace.stages.map(({ stage, decision, reason }) => `${stage} ${decision} ${reason}`), [
    'host passed null', 'cors passed not_set', 'overload passed null', 'path passed null', 'admission passed not_set', 'authentication passed null',
    'canary passed not_set', 'limits passed not_set', 'route passed null', 'meeting passed not_set', 'inspection passed not_set', 'function answered null'
  ])
  t.notOk(JSON.stringify(trace).includes('secret'), 'the query is not kept')
})
