import t from 'tap'
import { readFeed } from '../support/feed-reader.ts'
import { canaryPath, openCanaryShop, staging } from '../support/canary-shop.ts'

const nothing = { requests: 0, failures: 0, errorShare: null }

t.test('a canary runs beside what is served, is raised step by step, and finished', async t => {
  const { admin, clock, release, url, versions } = await openCanaryShop(t)
  t.strictSame((await admin('GET', canaryPath)).json, { canary: null, last: null })
  const made = await release(2, { canary: {}, note: 'Faster' })
  t.match(made, { status: 201, json: { number: 2, use: 'canary', basedOn: 1, note: 'Faster', endsCanary: null } })
  t.match((await admin('GET', staging)).json, { release: 1, canary: { release: 2, weight: 5 } })
  const startedAt = '2030-01-01T00:00:00.000Z'
  const canary = {
    release: 2, beside: 1, weight: 5, header: 'x-canary', maxErrorShare: 0.05, minRequests: 20, windowSeconds: 60, startedAt, changedAt: startedAt,
    counts: { canary: nothing, served: nothing }
  }
  t.strictSame((await admin('GET', canaryPath)).json, { canary, last: null })
  const feed = await readFeed(t, url, { query: '?environments=staging', until: ({ type }) => type === 'commit' })
  t.match(feed.find(({ type }) => type === 'environment'), {
    value: { release: { number: 1, routes: [{ versionId: versions[0] }] }, canary: { release: { number: 2, routes: [{ versionId: versions[1] }] }, weight: 5, header: 'x-canary' } }
  })

  clock.advance(60_000)
  const changedAt = '2030-01-01T00:01:00.000Z'
  t.strictSame((await admin('PATCH', canaryPath, { weight: 33.33, header: 'X-Try', minRequests: 5 })).json, { canary: { ...canary, weight: 33.33, header: 'x-try', minRequests: 5, changedAt }, last: null })
  clock.advance(60_000)
  t.strictSame((await admin('PATCH', canaryPath, { header: null, maxErrorShare: null, minRequests: null })).json, {
    canary: { ...canary, weight: 33.33, header: null, maxErrorShare: null, changedAt: '2030-01-01T00:02:00.000Z' }, last: null
  })

  const finished = await admin('POST', `${canaryPath}/finish`)
  const last = { release: 2, outcome: 'finished', reason: 'It took the place of release 1.', endedAt: '2030-01-01T00:02:00.000Z' }
  t.match(finished, { status: 200, headers: { 'x-imprun-revision': /^\d+$/ } })
  t.strictSame(finished.json, { canary: null, last })
  t.match((await admin('GET', staging)).json, { release: 2, canary: null })
  t.match((await admin('GET', `${staging}/releases`)).json, { items: [{ number: 2, use: 'canary', basedOn: 1 }, { number: 1, use: 'serve', basedOn: null }] })
  t.match((await admin('POST', `${staging}/rollback`, {})).json, { number: 3, routes: [{ versionId: versions[0] }] }, 'one back from it is what it ran beside')
})

t.test('a canary that is dropped leaves what is served', async t => {
  const { admin, release } = await openCanaryShop(t)
  await release(2, { canary: { weight: 0.07, header: null, maxErrorShare: null } })
  t.match((await admin('GET', canaryPath)).json, { canary: { weight: 0.07, header: null, maxErrorShare: null } })
  t.match(await admin('DELETE', `${canaryPath}?reason=Too%20slow`), { status: 204, headers: { 'x-imprun-revision': /^\d+$/ } })
  t.match((await admin('GET', canaryPath)).json, { canary: null, last: { release: 2, outcome: 'dropped', reason: 'Too slow' } })
  t.match((await admin('GET', staging)).json, { release: 1, canary: null })
  for (const [method, path] of [['DELETE', canaryPath], ['PATCH', canaryPath], ['POST', `${canaryPath}/finish`]] as const) {
    t.match(await admin(method, path, method === 'PATCH' ? {} : undefined), { status: 404, json: { code: 'canary_not_found' } })
  }
  t.match((await release(3, { canary: {} })).json, { number: 3, basedOn: 1 }, 'and makes room for the next one')
  t.match((await admin('GET', canaryPath)).json, { canary: { release: 3, beside: 1 }, last: { release: 2 } })
})

t.test('what is changed is what was seen, whatever was counted since', async t => {
  const { admin, clock, release, store } = await openCanaryShop(t)
  await release(2, { canary: {} })
  const { etag } = (await admin('GET', canaryPath)).headers
  await store.addReleaseCounts([{ gatewayId: 'shop', environment: 'staging', release: 2, requests: 8, failures: 2 }], clock.now())
  const read = await admin('GET', canaryPath, undefined, { 'if-none-match': String(etag) })
  t.match(read, { status: 200, json: { canary: { counts: { canary: { requests: 8, failures: 2, errorShare: 0.25 }, served: nothing } } } })
  t.equal((await admin('GET', canaryPath, undefined, { 'if-none-match': String(read.headers.etag) })).status, 304)
  const before = await store.revision()
  t.match(await admin('PATCH', canaryPath, { weight: 5 }, { 'if-match': String(etag) }), { status: 200 })
  t.equal(await store.revision(), before, 'it was so already')
  t.match(await admin('PATCH', canaryPath, { weight: 10 }, { 'if-match': String(etag) }), { status: 200, json: { canary: { weight: 10 } } })
  for (const [method, path, body] of [['PATCH', canaryPath, { weight: 20 }], ['POST', `${canaryPath}/finish`, undefined], ['DELETE', canaryPath, undefined]] as const) {
    t.match(await admin(method, path, body, { 'if-match': String(etag) }), { status: 412, json: { code: 'precondition_failed' } })
  }
  t.match((await admin('GET', canaryPath)).json, { canary: { weight: 10 } })
})
