import t from 'tap'
import { appliedMatter } from '#shared/data-planes.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { postAsDataPlane } from '../support/data-plane-calls.ts'
import { openFeed } from '../support/feed-reader.ts'
import { until } from '../support/until.ts'

t.test('a data plane that lags behind is named in the log once, and again when it does not any more', async t => {
  const { url, admin, store, clock, logs } = await startControlPlane(t, { lagWatchMs: 10 })
  const node = 'a'.repeat(16)
  await openFeed(t, url, `?node=${node}`)
  const report = async (revision: number): Promise<void> => {
    const { status } = await postAsDataPlane(url, appliedMatter(node), { name: 'machine', version: '1.0.0', environments: null, workers: 1, store: store.id, revision, heardMsAgo: 0 })
    t.equal(status, 204)
  }
  const said = (what: string): number => logs().split('\n').filter(line => line.includes(what)).length
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PATCH', '/api-gateways/shop', { name: 'Other' })
  await report(1)
  t.equal(said('a data plane lags behind'), 0)
  clock.advance(10_001)
  await report(1)
  await until('it is named', () => said('a data plane lags behind'), times => times > 0, 3_000)
  t.match(logs(), /"node":"a{16}","lag":\{"revisions":1,"ms":10001\}/)
  await report(2)
  await until('it is named again', () => said('does not lag behind any more'), times => times > 0, 3_000)
  t.equal(said('a data plane lags behind'), 1)
})
