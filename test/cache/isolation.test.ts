import t from 'tap'
import { host, numbered, startCached } from '../support/cached.ts'
import { holdFirst } from '../support/held-answers.ts'

const fresh = { 'cache-control': 'max-age=60' }

t.test('clients meet what they were answered themselves', async t => {
  const { edge, ask, calls } = await startCached(t, numbered(fresh), { plugins: {} })
  const [one, other] = ['one', 'other'].map(client => edge.addClient('shop', 'prod', client)) as [string, string]
  t.match(await ask('/a', { key: one }), { text: '1' })
  t.match(await ask('/a', { key: other }), { text: '2' })
  t.match(await ask('/a', { key: one }), { text: '1', headers: { 'cache-status': /hit/ } })
  t.match(await ask('/a', { headers: { authorization: `Bearer ${one}` } }), { text: '1' }, 'by the same key in another place')
  t.match(await ask('/a', { headers: { 'x-consumer-username': 'shop-prod-one' }, key: other }), { text: '2' }, 'whatever it says of itself')
  t.match(await ask('/a'), { status: 401 }, 'nobody is let in by what is kept')
  t.equal(calls.length, 2)
})

t.test('what is for everyone is kept once', async t => {
  for (const control of ['public, max-age=60', 's-maxage=60']) {
    const { edge, ask, calls } = await startCached(t, numbered({ 'cache-control': control }), { plugins: {} })
    for (const client of ['one', 'other']) t.match(await ask('/a', { key: edge.addClient('shop', 'prod', client) }), { text: '1' })
    t.equal(calls.length, 1)
    t.match(await ask('/a'), { status: 401 })
  }
})

t.test('unless it depends on who calls', async t => {
  const { edge, ask } = await startCached(t, numbered({ 'cache-control': 'public, max-age=60', vary: 'x-consumer-username' }), { plugins: {} })
  const [one, other] = ['one', 'other'].map(client => edge.addClient('shop', 'prod', client)) as [string, string]
  const headers = { 'x-consumer-username': 'shop-prod-one' }
  t.strictSame([(await ask('/a', { key: one })).text, (await ask('/a', { key: other, headers })).text, (await ask('/a', { key: one, headers })).text], ['1', '2', '1'])
})

t.test('environments, gateways and hosts have nothing in common', async t => {
  const { edge, ask, calls } = await startCached(t, ({ url }) => ({ status: 200, headers: [['cache-control', 'public, max-age=60']], body: url }))
  edge.addGateway('other', { plugins: { none: {}, cache: {} }, routes: [{ path: '/*' }] })
  const hosts = [host, 'shop-dev.api.localhost', 'shop-prod.api.localhost', 'other.api.localhost', 'other-dev.api.localhost']
  for (let i = 0; i < 2; i++) for (const name of hosts) t.match(await edge.traffic(name, '/a'), { text: `http://${name}/a` })
  t.match(await ask('/a', { headers: { host: 'SHOP.api.localhost' } }), { text: `http://${host}/a` })
  t.equal(calls.length, hosts.length)
})

t.test('a new release begins with nothing, unless it is to go on', async t => {
  for (const acrossReleases of [false, true]) {
    const { edge, ask } = await startCached(t, numbered(fresh), { settings: { acrossReleases } })
    await ask()
    const route = { functionName: 'hello', versionId: 'v1', methods: ['GET' as const], path: '/*', timeoutMs: 1_000 }
    const value = { plugins: {}, variables: {}, secrets: {}, release: { number: 2, routes: [route] }, canary: null, previews: [] }
    edge.commit({ type: 'environment', gatewayId: 'shop', environment: 'prod', value })
    t.match(await ask(), { text: acrossReleases ? '1' : '2' })
  }
})

t.test('an environment that is made anew does not find what was kept for the one before', async t => {
  const { edge, ask, calls } = await startCached(t, numbered({ 'cache-control': 'public, max-age=60' }))
  await ask()
  const route = { functionName: 'hello', versionId: 'v1', methods: ['GET' as const], path: '/*', timeoutMs: 1_000 }
  const value = { plugins: { none: {}, cache: {} }, variables: {}, secrets: {}, release: { number: 1, routes: [route] }, canary: null, previews: [] }
  edge.commit({ type: 'environment', gatewayId: 'shop', environment: 'prod', value: null }, { type: 'environment', gatewayId: 'shop', environment: 'prod', value })
  t.match(await ask(), { text: '2' })
  edge.commit({ type: 'gateway', gatewayId: 'shop', value: null })
  edge.addGateway('shop', { plugins: { none: {}, cache: {} }, routes: [{ path: '/*' }] })
  t.match(await ask(), { text: '3' })
  t.equal(calls.length, 3)
})

t.test('nor does it find what was under way', async t => {
  const { answer, asked, goOn } = holdFirst({ 'cache-control': 'public, max-age=60' })
  const { edge, ask } = await startCached(t, answer)
  const first = ask()
  await asked
  edge.commit({ type: 'gateway', gatewayId: 'shop', value: null })
  edge.addGateway('shop', { plugins: { none: {}, cache: {} }, routes: [{ path: '/*' }] })
  goOn()
  t.match(await first, { text: '1' })
  t.match(await ask(), { text: '2' })
})

t.test('what was changed is asked for anew, whoever it was kept for', async t => {
  const { edge, ask } = await startCached(t, ({ method, path, query }, number) => method === 'GET'
    ? { status: 200, headers: [['cache-control', 'max-age=60']], body: String(number) }
    : path === '/fails' || query === 'fails' ? { status: 400, headers: [], body: 'no' } : { status: 201, headers: [['location', '/b'], ['content-location', 'http://elsewhere.example/c']], body: 'yes' }, { plugins: {} })
  const [one, other] = ['one', 'other'].map(client => edge.addClient('shop', 'prod', client)) as [string, string]
  const texts = async (): Promise<string[]> => await Promise.all([ask('/a', { key: one }), ask('/a', { key: other }), ask('/b', { key: one }), ask('/c', { key: one }), ask('/a?q', { key: one })].map(async answer => (await answer).text))
  const before = await texts()
  await ask('/a?fails', { method: 'DELETE', key: other })
  t.strictSame(await texts(), before)
  t.match(await ask('/a', { method: 'POST', key: other, body: 'x' }), { status: 201, headers: { 'cache-status': 'imprun; fwd=method' } })
  const after = await texts()
  t.strictSame(after.map((text, index) => text === before[index]), [false, false, false, true, true])
})
