import t from 'tap'
import { startEdge } from '../support/edge.ts'

const forged = { status: 200, headers: [['x-imprun-release', '99']] as Array<[string, string]>, body: 'x' }

t.test('answers name their release where the owner wants it, errors too', async t => {
  const edge = await startEdge(t, { functions: { hello: () => forged } })
  edge.addGateway('shop', { plugins: { none: {}, 'served-by': {} } })
  t.match(await edge.traffic('shop.api.localhost', '/hello'), { status: 200, headers: { 'x-imprun-release': '1' } })
  t.match(await edge.traffic('shop.api.localhost', '/nothing'), { status: 404, headers: { 'x-imprun-release': '1' } })
})

t.test('nobody else does', async t => {
  const edge = await startEdge(t, { functions: { hello: () => forged } })
  edge.addGateway('shop', { plugins: { none: {} } })
  t.notHas((await edge.traffic('shop.api.localhost', '/hello')).headers, { 'x-imprun-release': String })
})

t.test('the revision that was served is named where the owner wants it, and grows with what is applied', async t => {
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [['x-imprun-revision', '99']], body: 'x' }) } })
  edge.addGateway('shop', { plugins: { none: {}, 'served-by': { revision: true } } })
  t.match((await edge.traffic('shop.api.localhost', '/hello')).headers, { 'x-imprun-revision': '2' })
  edge.addGateway('public', { plugins: { none: {}, 'served-by': {} } })
  t.match(await edge.traffic('shop.api.localhost', '/nothing'), { status: 404, headers: { 'x-imprun-revision': '3' } })
  t.notHas((await edge.traffic('public.api.localhost', '/hello')).headers, { 'x-imprun-revision': String })
})
