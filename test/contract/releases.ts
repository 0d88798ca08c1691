import type { Test } from 'tap'
import { createGateway, deployment, ref, route, saveVersion } from './documents.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

const dev = ref('shop', 'dev')

/** Fewer than standard: each costs a write. */
const releasesRetained = 20

export function releasesContract (t: Test, open: OpenStore): void {
  t.test('a release is kept whole, and its environment serves it', async t => {
    const { store } = await open(t, { clock: { now: () => Date.parse('2030-01-01T00:00:00.000Z') } })
    await createGateway(store, 'shop')
    await saveVersion(store, 'shop', 'list', 'v1')
    const { basedOn, ...content } = deployment('dev', [route('list', 'v1')], null, { note: 'first', origin: { kind: 'promotion', environment: 'staging', release: 4 }, forced: true })
    const { release, revision } = await store.createRelease('shop', { ...content, basedOn })
    t.strictSame(release, { gatewayId: 'shop', number: 1, use: 'serve', basedOn: null, ...content })
    t.strictSame(await store.getRelease(dev, 1), release)
    t.equal(revision, 3)
    t.match(await store.getEnvironment('shop', 'dev'), { release: 1, revision: 3, updatedAt: '2030-01-01T00:00:00.000Z' })
    t.match(await store.getEnvironment('shop', 'prod'), { release: null, revision: 1 })
    t.equal(await store.getRelease(dev, 2), null)
    t.equal(await store.getRelease(ref('shop', 'prod'), 1), null)
  })

  t.test('a release is made only from what the environment serves', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await t.rejects(store.createRelease('shop', deployment('dev', [], 1)), { code: 'revision_mismatch' })
    await store.createRelease('shop', deployment('dev', [], null))
    await t.rejects(store.createRelease('shop', deployment('dev', [], null)), { code: 'revision_mismatch' })
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => store.createRelease('shop', deployment('dev', [], 1))))
    t.equal(outcomes.filter(outcome => outcome.status === 'fulfilled').length, 1)
    t.equal((await store.getEnvironment('shop', 'dev'))?.release, 2)
    await t.rejects(store.createRelease('shop', deployment('beta', [], null)), { code: 'not_found', field: 'environment' })
    await t.rejects(store.createRelease('other', deployment('dev', [], null)), { code: 'not_found' })
    t.equal(await store.revision(), 3)
  })

  t.test('a release names versions that are stored', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await createGateway(store, 'other')
    await saveVersion(store, 'other', 'list', 'v1')
    await t.rejects(store.createRelease('shop', deployment('dev', [route('list', 'v1')], null)), { code: 'not_found', field: 'functionVersion' })
    t.equal((await store.getEnvironment('shop', 'dev'))?.release, null)
    t.equal(await store.revision(), 3)
  })

  t.test('the last releases are kept, and older ones forgotten', async t => {
    const { store } = await open(t, { releasesRetained })
    await createGateway(store, 'shop')
    await store.createRelease('shop', deployment('prod', [], null))
    for (let number = 1; number <= releasesRetained + 2; number++) await store.createRelease('shop', deployment('dev', [], number === 1 ? null : number - 1))
    t.equal(await store.getRelease(dev, 2), null)
    t.match(await store.getRelease(dev, 3), { number: 3 })
    t.match(await store.getRelease(dev, releasesRetained + 2), { number: releasesRetained + 2 })
    t.match(await store.getRelease(ref('shop', 'prod'), 1), { number: 1 })
  })

  t.test('releases are numbered within their environment and listed newest first', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    for (let number = 1; number <= 12; number++) {
      await store.createRelease('shop', deployment('dev', [], number === 1 ? null : number - 1, { note: `note ${number}` }))
    }
    t.equal((await store.createRelease('shop', deployment('prod', [], null))).release.number, 1)
    const pages = await readPages(page => store.listReleases(dev, page), 5)
    t.strictSame(pages.map(page => page.map(item => item.number)), [[12, 11, 10, 9, 8], [7, 6, 5, 4, 3], [2, 1]])
    t.equal(pages[0]![0]!.note, 'note 12')

    const first = await store.listReleases(dev, { limit: 5, after: null })
    await store.createRelease('shop', deployment('dev', [], 12))
    t.strictSame((await store.listReleases(dev, { limit: 2, after: first.next })).items.map(item => item.number), [7, 6])
    t.strictSame(await store.listReleases(dev, { limit: 2, after: 'nonsense' }), { items: [], next: null })
    t.strictSame(await store.listReleases(ref('other', 'dev'), firstPage), { items: [], next: null })
  })
}
