import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('clients that are too old are refused, and told where a newer one is', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, 'minimum-client-version': { minimum: '2.10', upgradeUrl: 'https://shop.example/app' } } })
  const ask = async (version: string) => await edge.traffic(host, '/hello', { headers: { 'x-client-version': version } })
  for (const old of ['2.9', '2.9.99', 'v1', '2.9-beta', '0']) t.match(await ask(old), { status: 426, json: { code: 'client_outdated' }, headers: { link: '<https://shop.example/app>; rel="successor-version"' } }, old)
  for (const fine of ['2.10', '2.10.0', '2.10.1-rc', '3', 'v11.0', 'nonsense', '']) t.match(await ask(fine), { status: 200 }, fine)
  t.match(await edge.traffic(host, '/hello'), { status: 200 })
})

t.test('who says no version can be refused as well', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, 'minimum-client-version': { header: 'App-Version', minimum: '1', unknown: 'refuse' } } })
  t.match(await edge.traffic(host, '/hello'), { status: 426 })
  t.match(await edge.traffic(host, '/hello', { headers: { 'app-version': '1.0' } }), { status: 200 })
})

t.test('a share of none only tells, and a brown-out refuses some', async t => {
  const edge = await startEdge(t)
  const askMany = async (refusedShare: number) => {
    edge.addGateway('shop', { plugins: { none: {}, 'minimum-client-version': { minimum: '2', refusedShare } } })
    return await Promise.all(Array.from({ length: 200 }, async () => await edge.traffic(host, '/hello', { headers: { 'x-client-version': '1' } })))
  }
  const told = await askMany(0)
  t.ok(told.every(({ status, headers }) => status === 200 && headers['x-imprun-minimum-client-version'] === '2'))
  const some = (await askMany(50)).filter(({ status }) => status === 426).length
  // Beyond six standard deviations.
  t.ok(some > 55 && some < 145, String(some))
})
