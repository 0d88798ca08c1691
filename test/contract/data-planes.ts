import type { Test } from 'tap'
import type { DataPlane } from '../../control-plane/store/records.ts'
import { createGateway } from './documents.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

const start = Date.UTC(2030, 0, 1)
const at = (second: number): string => new Date(start + second * 1_000).toISOString()

function dataPlane (id: string, second: number, fields: Partial<DataPlane> = {}): DataPlane {
  return {
    id, name: `machine-${id}`, version: '1.0.0', environments: null, workers: 2, store: 'store', revision: 1, connected: true,
    seenAt: at(second), heardAt: at(second), tokenId: null, ...fields
  }
}

export function dataPlanesContract (t: Test, open: OpenStore): void {
  t.test('what was seen last of a data plane is kept, whatever comes later', async t => {
    const { store, reopen } = await open(t)
    await store.putDataPlanes([dataPlane('b', 1), dataPlane('a', 1, { environments: ['dev'], tokenId: 'token' })])
    await store.putDataPlanes([dataPlane('b', 3, { revision: 3 }), dataPlane('c', 1)])
    await store.putDataPlanes([dataPlane('b', 2, { revision: 2 })])
    await store.putDataPlanes([dataPlane('c', 1, { connected: false, heardAt: null, store: null })])
    await store.putDataPlanes([])
    const expected = [
      dataPlane('a', 1, { environments: ['dev'], tokenId: 'token' }), dataPlane('b', 3, { revision: 3 }),
      dataPlane('c', 1, { connected: false, heardAt: null, store: null })
    ]
    t.strictSame((await store.listDataPlanes(firstPage)).items, expected)
    t.equal(await store.revision(), 0, 'no reader of the feed follows them')
    const again = await reopen()
    t.strictSame(await readPages(page => again.listDataPlanes(page), 2), [expected.slice(0, 2), expected.slice(2)])
  })

  t.test('those that were not seen for long are forgotten, a few at a time', async t => {
    const { store } = await open(t)
    await store.putDataPlanes([1, 2, 3, 4, 5].map(second => dataPlane(`n${second}`, second)))
    t.equal(await store.sweepDataPlanes(at(4), 2), 2)
    t.equal(await store.sweepDataPlanes(at(4), 2), 1)
    t.equal(await store.sweepDataPlanes(at(4), 2), 0)
    t.strictSame((await store.listDataPlanes(firstPage)).items.map(({ id }) => id), ['n4', 'n5'])
  })

  t.test('when a change was made is known', async t => {
    let now = start
    const { store } = await open(t, { clock: { now: () => now } })
    t.equal(await store.changedAfter(0), null)
    await createGateway(store, 'shop')
    now += 1_000
    await createGateway(store, 'bank')
    t.equal(await store.changedAfter(0), at(0))
    t.equal(await store.changedAfter(1), at(1))
    t.equal(await store.changedAfter(2), null)
  })
}
