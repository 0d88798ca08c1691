import t from 'tap'
import { appliedMatter, type DataPlaneReport } from '#shared/data-planes.ts'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { postAsDataPlane } from '../support/data-plane-calls.ts'
import { openFeed } from '../support/feed-reader.ts'
import { until } from '../support/until.ts'

const [nodeA, nodeB] = ['A'.repeat(20), 'B'.repeat(20)] as const

async function report ({ url, store }: ControlPlane, nodeId: string, fields: Partial<DataPlaneReport> = {}): Promise<number> {
  const body: DataPlaneReport = { name: 'machine', version: '1.0.0', environments: null, workers: 2, store: store.id, revision: 0, heardMsAgo: 0, ...fields }
  return (await postAsDataPlane(url, appliedMatter(nodeId), body)).status
}

interface Listed { items: Array<Record<string, unknown> & { id: string, connected: boolean }>, nextCursor: string | null }

async function list ({ admin }: ControlPlane, query = ''): Promise<Listed> {
  return (await admin('GET', `/data-planes${query}`)).json as Listed
}

t.test('data planes are listed with what they serve, and how far they are behind', async t => {
  const control = await startControlPlane(t)
  t.strictSame(await list(control), { items: [], nextCursor: null })
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  control.clock.advance(1_000)
  await control.admin('POST', '/api-gateways', { id: 'bank', name: 'Bank' })
  t.equal(await report(control, nodeB, { revision: 1, environments: ['dev'], heardMsAgo: 200 }), 204)
  t.equal(await report(control, nodeA, { revision: 2, store: 'another', heardMsAgo: null }), 204)
  control.clock.advance(500)
  const now = control.clock.now()
  const common = { name: 'machine', version: '1.0.0', connected: true, workers: 2, lastSeenAt: new Date(now - 500).toISOString(), tokenId: null }
  const listed = [
    { id: nodeA, ...common, environments: null, revision: 0, lag: { revisions: 2, ms: 1_500 }, configAgeMs: null, trouble: null },
    { id: nodeB, ...common, environments: ['dev'], revision: 1, lag: { revisions: 1, ms: 500 }, configAgeMs: 700, trouble: null }
  ]
  t.strictSame((await list(control)).items, listed)
  const first = await list(control, '?limit=1')
  t.strictSame(first.items, listed.slice(0, 1))
  t.strictSame(await list(control, `?limit=1&cursor=${first.nextCursor}`), { items: listed.slice(1), nextCursor: null })

  await report(control, nodeB, { revision: 2 })
  t.match((await list(control)).items[1], { revision: 2, lag: { revisions: 0, ms: 0 } })
  t.equal(await control.store.revision(), 2, 'nobody follows them')
})

t.test('one that is not heard of, or whose feed has ended, is not connected', async t => {
  const control = await startControlPlane(t)
  const connected = async (): Promise<boolean[]> => (await list(control)).items.map(item => item.connected)
  const feed = await openFeed(t, control.url, `?node=${nodeA}`)
  await feed.until(() => true)
  await report(control, nodeA)
  await report(control, nodeB)
  t.strictSame(await connected(), [true, true])
  feed.close()
  await until('it is gone', connected, ([first]) => first === false)
  await report(control, nodeA)
  t.strictSame(await connected(), [true, true], 'it follows another control plane')
  control.clock.advance(14_999)
  t.strictSame(await connected(), [true, true])
  control.clock.advance(1)
  t.strictSame(await connected(), [false, false])
})

t.test('of two connections of one, the first that ends says nothing', async t => {
  const control = await startControlPlane(t)
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const [first, second] = [await openFeed(t, control.url, `?node=${nodeA}`), await openFeed(t, control.url, `?node=${nodeA}`)]
  await first.until(({ type }) => type === 'commit')
  await second.until(({ type }) => type === 'commit')
  await report(control, nodeA)
  first.close()
  await control.admin('POST', '/api-gateways', { id: 'bank', name: 'Bank' })
  await second.until(({ type }) => type === 'commit')
  t.ok((await list(control)).items[0]!.connected)
})

t.test('a report that makes no sense is refused', async t => {
  const control = await startControlPlane(t)
  for (const fields of [{ name: '' }, { name: 'two\nlines' }, { revision: -1 }, { environments: ['Dev'] }, { workers: 1.5 }, { heardMsAgo: -1 }]) {
    t.equal(await report(control, nodeA, fields), 400, JSON.stringify(fields))
  }
  t.equal(await report(control, 'short'), 400)
  t.equal((await postAsDataPlane(control.url, appliedMatter(nodeA), {}, 'no-token-of-anybody')).status, 401)
  t.strictSame(await list(control), { items: [], nextCursor: null })
})

t.test('one in trouble says which, and is waited for although its feed breaks off again and again', async t => {
  const control = await startControlPlane(t)
  const feed = await openFeed(t, control.url, `?node=${nodeA}`)
  await feed.until(() => true)
  await report(control, nodeA)
  await report(control, nodeA, { trouble: 'replica_unwritable', heardMsAgo: 100 })
  feed.close()
  await until('its feed has ended', async () => (await control.store.listDataPlanes({ limit: 1, after: null })).items[0]?.connected, isSo => isSo === false)
  t.match((await list(control)).items, [{ id: nodeA, connected: true, trouble: 'replica_unwritable', revision: 0 }])
  const answer = await control.admin('POST', '/api-gateways?wait=applied&timeoutMs=1', { id: 'shop', name: 'Shop' })
  t.match(answer.headers, { 'x-imprun-applied': 'false', 'x-imprun-waiting-for': nodeA })
  await report(control, nodeA, { revision: 1 })
  t.match((await list(control)).items, [{ connected: true, trouble: null, revision: 1 }])
})
