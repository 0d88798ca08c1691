import t from 'tap'
import { createApiKey } from '#shared/api-key.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('gateways and environments appear, change and go with the change that says so', async t => {
  const edge = await startEdge(t)
  const status = async (to = host, path = '/hello'): Promise<number> => (await edge.traffic(to, path)).status
  t.equal(await status(), 404)
  t.equal(await status('shop-dev.api.localhost'), 404)
  edge.addGateway('shop', { plugins: { none: {} } })
  t.equal(await status(), 200, 'what was unknown is known')
  t.equal(await status('shop-dev.api.localhost'), 200)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/other' }] })
  t.equal(await status(), 404)
  t.equal(await status(host, '/other'), 200, 'another release')
  edge.addGateway('shop', { routes: [{ path: '/other' }] })
  t.equal(await status(host, '/other'), 401, 'the gateway\'s plugins are its environments\' defaults')
  edge.addGateway('shop', { routes: [{ path: '/other' }], environmentPlugins: { none: {} } })
  t.equal(await status(host, '/other'), 200)

  edge.commit({ type: 'environment', gatewayId: 'shop', environment: 'dev', value: null })
  t.equal(await status('shop-dev.api.localhost', '/other'), 404)
  t.equal(await status(host, '/other'), 200)
  edge.commit({ type: 'gateway', gatewayId: 'shop', value: null })
  t.match(await edge.traffic(host, '/other'), { status: 404, json: { code: 'host_unknown' } })
})

t.test('the default environment is looked up anew', async t => {
  const edge = await startEdge(t)
  const environment = async (): Promise<unknown> => ((await edge.traffic(host, '/hello')).json as { environment: string }).environment
  edge.addGateway('shop', { plugins: { none: {} } })
  t.equal(await environment(), 'prod')
  edge.commit({ type: 'gateway', gatewayId: 'shop', value: { name: 'Shop', defaultEnvironment: 'dev', plugins: { none: {} } } })
  t.equal(await environment(), 'dev')
})

t.test('a function gets another key when its variables change', async t => {
  const edge = await startEdge(t)
  const runnable = async (): Promise<unknown> => ((await edge.traffic(host, '/hello')).json as { fn: string }).fn
  edge.addGateway('shop', { plugins: { none: {} }, variables: { A: '1', B: '2' } })
  const first = await runnable()
  edge.addGateway('shop', { plugins: { none: {} }, variables: { B: '2', A: '1' } })
  t.equal(await runnable(), first, 'their order means nothing')
  edge.addGateway('shop', { plugins: { none: {} }, variables: { A: '1', B: '3' } })
  t.not(await runnable(), first)
})

t.test('a key that was unknown is known, and one that is gone is gone', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  const key = createApiKey('prod')
  const code = async (): Promise<unknown> => {
    const { status, json } = await edge.traffic(host, '/hello', { key })
    return status === 200 ? 'ok' : (json as { code: string }).code
  }
  t.equal(await code(), 'api_key_invalid')
  edge.addClient('shop', 'prod', 'mobile', { key })
  t.equal(await code(), 'ok')
  edge.addClient('shop', 'prod', 'mobile', { key, enabled: false })
  t.equal(await code(), 'api_key_disabled')
  edge.addClient('shop', 'prod', 'mobile', { key })
  t.equal(await code(), 'ok')
  edge.addClient('shop', 'prod', 'mobile')
  t.equal(await code(), 'api_key_invalid', 'regenerated')
  edge.addClient('shop', 'prod', 'mobile', { key })
  t.equal(await code(), 'ok')
  edge.commit({ type: 'client', gatewayId: 'shop', environment: 'prod', clientId: 'mobile', value: null })
  t.equal(await code(), 'api_key_invalid', 'deleted')
})

t.test('the end of an environment is the end of its keys, also when one of its name is made again', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.equal((await edge.traffic(host, '/hello', { key })).status, 200)
  edge.commit({ type: 'gateway', gatewayId: 'shop', value: null })
  edge.addGateway('shop')
  t.match(await edge.traffic(host, '/hello', { key }), { status: 401, json: { code: 'api_key_invalid' } })
})

t.test('a change of everything forgets everything', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.equal((await edge.traffic(host, '/hello', { key })).status, 200)
  edge.replace()
  t.match(await edge.traffic(host, '/hello', { key }), { status: 404 })
})
