import type { Test } from 'tap'
import type { Canary } from '../../control-plane/store/documents.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { at, createGateway, deployment, ref, route, saveVersion } from './documents.ts'
import { firstPage, type OpenStore } from './harness.ts'
import { createReader } from './reader.ts'

const dev = ref('shop', 'dev')
const canary: Omit<Canary, 'release'> = {
  weight: 5, header: 'x-canary', maxErrorShare: 0.05, minRequests: 50, windowSeconds: 60, startedAt: at, changedAt: at
}
const preview = { expiresAt: '2030-01-01T00:00:00.000Z' }

/** Serves release 1 of dev; versions v1 to v3 of `list` are stored. */
async function served (store: Store): Promise<void> {
  await createGateway(store, 'shop')
  for (const id of ['v1', 'v2', 'v3']) await saveVersion(store, 'shop', 'list', id)
  await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null))
}

/** Fewer than standard: each costs a write. */
const releasesRetained = 20

export function servingContract (t: Test, open: OpenStore): void {
  t.test('a canary and previews are served beside the release, and readers get what they name', async t => {
    const { store } = await open(t)
    await served(store)
    const reader = createReader()
    await reader.catchUp(store)
    t.match(await store.createRelease('shop', deployment('dev', [route('list', 'v2')], 1, { use: { canary } })), { release: { number: 2, use: 'canary', basedOn: 1 } })
    await t.rejects(store.createRelease('shop', deployment('dev', [], 1)), { code: 'revision_mismatch' }, 'it was made without knowing of the canary')
    t.match(await store.createRelease('shop', deployment('dev', [route('list', 'v3')], 1, { beside: 2, use: { preview } })), { release: { number: 3, use: 'preview' } })
    t.match(await store.getEnvironment('shop', 'dev'), { lastRelease: 3, release: 1, canary: { ...canary, release: 2 }, lastCanary: null, previews: [{ ...preview, release: 3 }] })
    await reader.catchUp(store)
    t.match(reader.state()['shop/dev'], {
      release: { number: 1 },
      canary: { release: { number: 2, routes: [route('list', 'v2')] }, weight: 5, header: 'x-canary' },
      previews: [{ release: { number: 3, routes: [route('list', 'v3')] }, expiresAt: preview.expiresAt }]
    })
    const late = createReader()
    await late.catchUp(store)
    t.strictSame(late.state(), reader.state())
  })

  t.test('a release that is to be served takes the place of the canary, and leaves previews', async t => {
    const { store } = await open(t)
    await served(store)
    await store.createRelease('shop', deployment('dev', [route('list', 'v2')], 1, { use: { canary } }))
    await store.createRelease('shop', deployment('dev', [], 1, { beside: 2, use: { preview } }))
    await store.createRelease('shop', deployment('dev', [route('list', 'v3')], 1, { beside: 2 }))
    t.match(await store.getEnvironment('shop', 'dev'), {
      release: 4, canary: null, lastCanary: { release: 2, outcome: 'replaced', endedAt: at }, previews: [{ release: 3 }]
    })
  })

  t.test('an environment moves among releases that there are', async t => {
    const { store } = await open(t)
    await served(store)
    await store.createRelease('shop', deployment('dev', [route('list', 'v2')], 1, { use: { canary } }))
    const reader = createReader()
    await reader.catchUp(store)
    const { revision } = (await store.getEnvironment('shop', 'dev'))!
    const finished = { release: 2, canary: null, lastCanary: { release: 2, outcome: 'finished' as const, reason: '', endedAt: at }, previews: [] }
    await t.rejects(store.replaceServing(dev, finished, revision - 1), { code: 'revision_mismatch' })
    await t.rejects(store.replaceServing(dev, { ...finished, release: 9 }, revision), { code: 'not_found', field: 'release' })
    t.match(await store.replaceServing(dev, finished, revision), { ...finished, lastRelease: 2, revision: revision + 1 })
    await reader.catchUp(store)
    t.match(reader.state()['shop/dev'], { release: { number: 2, routes: [route('list', 'v2')] }, canary: null })

    await store.replaceServing(dev, { ...finished, release: 1 }, revision + 1)
    await reader.catchUp(store)
    t.match(reader.state()['shop/dev'], { release: { number: 1 } })
    t.ok('shop/@v1' in reader.state(), 'the version that is served anew was sent anew')
    t.match(await store.getRelease(dev, 2), { use: 'canary' })
  })

  t.test('the release of a preview ends with it, and its number is not used again', async t => {
    const { store } = await open(t)
    await served(store)
    await store.createRelease('shop', deployment('dev', [route('list', 'v2')], 1, { use: { preview } }))
    const { revision, release, canary, lastCanary } = (await store.getEnvironment('shop', 'dev'))!
    await store.replaceServing(dev, { release, canary, lastCanary, previews: [] }, revision)
    t.equal(await store.getRelease(dev, 2), null)
    t.match(await store.createRelease('shop', deployment('dev', [], 1)), { release: { number: 3, basedOn: 1 } })
  })

  t.test('what is served is kept, however many releases there have been', async t => {
    const { store } = await open(t, { releasesRetained })
    await served(store)
    for (let beside = 0; beside < releasesRetained + 2; beside++) {
      await store.createRelease('shop', deployment('dev', [], 1, { beside: beside === 0 ? null : beside + 1, use: { canary } }))
    }
    t.match(await store.getRelease(dev, 1), { number: 1 })
    t.equal(await store.getRelease(dev, 2), null)
    await store.createRelease('shop', deployment('dev', [], 1, { beside: releasesRetained + 3 }))
    t.equal(await store.getRelease(dev, 1), null, 'it is served no more')
  })

  t.test('previews take no place in the history', async t => {
    const { store } = await open(t, { releasesRetained })
    await served(store)
    for (let made = 0; made < releasesRetained + 2; made++) await store.createRelease('shop', deployment('dev', [], 1, { use: { preview } }))
    t.match(await store.getRelease(dev, 2), { number: 2 })
    const { revision, release, canary, lastCanary } = (await store.getEnvironment('shop', 'dev'))!
    await store.replaceServing(dev, { release, canary, lastCanary, previews: [] }, revision)
    await store.createRelease('shop', deployment('dev', [], 1))
    t.strictSame((await store.listReleases(dev, firstPage)).items.map(({ number }) => number), [releasesRetained + 4, 1])
  })

  t.test('environments are found by the previews in them that expire', async t => {
    const { store } = await open(t)
    await served(store)
    await createGateway(store, 'other')
    const expiring = async (gatewayId: string, environment: string, basedOn: number | null, day: string): Promise<void> => {
      await store.createRelease(gatewayId, deployment(environment, [], basedOn, { use: { preview: { expiresAt: `2030-01-${day}T00:00:00.000Z` } } }))
    }
    await expiring('shop', 'dev', 1, '09')
    await expiring('shop', 'dev', 1, '02')
    await expiring('shop', 'prod', null, '03')
    await expiring('other', 'dev', null, '03')
    const found = async (day: string, limit = 10): Promise<string[]> =>
      (await store.findExpiredPreviews(`2030-01-${day}T00:00:00.000Z`, limit)).map(({ gatewayId, environment }) => `${gatewayId}-${environment}`).sort()
    t.strictSame(await found('01'), [])
    t.strictSame(await found('02'), ['shop-dev'], 'then it has expired')
    t.strictSame(await found('09'), ['other-dev', 'shop-dev', 'shop-prod'], 'each once')
    t.equal((await found('09', 2)).length, 2)
    const { revision, release, canary, lastCanary, previews } = (await store.getEnvironment('shop', 'dev'))!
    await store.replaceServing(dev, { release, canary, lastCanary, previews: previews.slice(0, 1) }, revision)
    t.strictSame(await found('08'), ['other-dev', 'shop-prod'])
  })
}
