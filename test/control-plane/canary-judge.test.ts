import t, { type Test } from 'tap'
import { canariesMatter, maxCanaryCounts, type ReleaseCounts } from '#shared/canaries.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { createUplink, type Uplink } from '../../data-plane/uplink.ts'
import { canaryPath, openCanaryShop, staging, type CanaryShop } from '../support/canary-shop.ts'
import { dataPlaneToken, startControlPlane, type ControlPlaneInit } from '../support/control-plane.ts'

type Report = (release: number, requests: number, failures: number) => Promise<void>

function uplinkTo (t: Test, controlUrl: string): Uplink {
  const uplink = createUplink({ controlUrl, token: () => dataPlaneToken })
  t.teardown(async () => await uplink.close())
  return uplink
}

/** Staging serves release 1, beside the canary of release 2. */
async function startCanary (t: Test, canary: object, init?: ControlPlaneInit): Promise<CanaryShop & { report: Report }> {
  const shop = await openCanaryShop(t, init)
  await shop.release(2, { canary })
  const uplink = uplinkTo(t, shop.url)
  const report: Report = async (release, requests, failures) =>
    void await uplink.post(canariesMatter, { counts: [{ gatewayId: 'shop', environment: 'staging', release, requests, failures }] satisfies ReleaseCounts[] })
  return { ...shop, report }
}

t.test('a canary is dropped when too many of its answers are 5xx, and its owner is told why', async t => {
  const { admin, report } = await startCanary(t, { maxErrorShare: 0.1, minRequests: 20 })
  await report(1, 1_000, 900)
  await report(2, 19, 19)
  await report(2, 0, 0)
  t.match((await admin('GET', canaryPath)).json, { canary: { counts: { canary: { requests: 19, failures: 19, errorShare: 1 }, served: { requests: 1_000, failures: 900, errorShare: 0.9 } } } }, 'too few to say anything')
  await report(2, 1, 0)
  const reason = '19 of 20 answers within 60 seconds were 5xx: 95 %, where 10 % is allowed.'
  t.strictSame((await admin('GET', canaryPath)).json, { canary: null, last: { release: 2, outcome: 'failed', reason, endedAt: '2030-01-01T00:00:00.000Z' } })
  t.match((await admin('GET', staging)).json, { release: 1, canary: null })
  const { items } = (await admin('GET', `${staging}/logs`)).json as { items: unknown[] }
  t.match(items, [{ level: 'error', function: null, message: `The canary of release 2 was dropped. ${reason}`, fields: { canary: 2 } }])
  await report(2, 100, 100)
  t.equal(((await admin('GET', `${staging}/logs`)).json as { items: unknown[] }).items.length, 1, 'once')
})

t.test('a share that is allowed drops nothing, and neither does a canary without a limit', async t => {
  const { admin, report } = await startCanary(t, { maxErrorShare: 0.1, minRequests: 20 })
  await report(2, 100, 10)
  t.match((await admin('GET', canaryPath)).json, { canary: { release: 2 } })
  await admin('PATCH', canaryPath, { maxErrorShare: null })
  await report(2, 100, 100)
  t.match((await admin('GET', canaryPath)).json, { canary: { release: 2, counts: { canary: { requests: 200, failures: 110 } } } })
})

t.test('what is older than the window, or than the last change, does not count', async t => {
  const { admin, clock, report } = await startCanary(t, { maxErrorShare: 0.5, minRequests: 20, windowSeconds: 60 })
  await report(2, 19, 19)
  clock.advance(70_000)
  await report(2, 19, 0)
  t.match((await admin('GET', canaryPath)).json, { canary: { counts: { canary: { requests: 19, failures: 0 } } } })
  clock.advance(10_000)
  await admin('PATCH', canaryPath, { weight: 50 })
  t.match((await admin('GET', canaryPath)).json, { canary: { counts: { canary: { requests: 0 } } } })
  await report(2, 20, 11)
  t.match((await admin('GET', canaryPath)).json, { canary: null, last: { outcome: 'failed' } })
})

t.test('a drop keeps what somebody else writes at the same time', async t => {
  let interferences = 3
  const wrapStore = (store: Store): Store => ({
    ...store,
    replaceServing: async (ref, serving, expectedRevision) => {
      if (serving.lastCanary?.outcome === 'failed' && interferences-- > 0) {
        const { revision, ...environment } = (await store.getEnvironment(ref.gatewayId, ref.environment))!
        await store.replaceEnvironment({ ...environment, config: { plugins: { cors: { allowOrigins: [`https://${interferences}.example.com`] } } } }, revision)
      }
      return await store.replaceServing(ref, serving, expectedRevision)
    }
  })
  const { admin, report } = await startCanary(t, { minRequests: 1 }, { wrapStore })
  await report(2, 1, 1)
  t.match((await admin('GET', staging)).json, { canary: null, config: { plugins: { cors: { allowOrigins: ['https://0.example.com'] } } } })
})

t.test('many data planes at once drop a canary once', async t => {
  const { admin, report, store } = await startCanary(t, { minRequests: 1_000, maxErrorShare: 0.5 })
  const before = await store.revision()
  await Promise.all(Array.from({ length: 40 }, async () => await report(2, 50, 50)))
  t.equal(await store.revision(), before + 1)
  t.match((await admin('GET', canaryPath)).json, { canary: null, last: { outcome: 'failed' } })
  t.equal(((await admin('GET', `${staging}/logs`)).json as { items: unknown[] }).items.length, 1)
})

t.test('reports are the data planes\' alone, and have a form', async t => {
  const { admin, url } = await startControlPlane(t)
  t.equal((await admin('POST', '/data-plane/canaries', { counts: [] })).status, 401)
  const uplink = uplinkTo(t, url)
  const count: ReleaseCounts = { gatewayId: 'shop', environment: 'dev', release: 1, requests: 1, failures: 0 }
  const wrong = [{}, { counts: [{ ...count, requests: -1 }] }, { counts: [{ ...count, failures: 0.5 }] }, { counts: [{ ...count, gatewayId: '../x' }] }, { counts: Array.from({ length: maxCanaryCounts + 1 }, () => count) }]
  for (const body of wrong) await t.rejects(uplink.post(canariesMatter, body), { failure: 'refused', code: 'validation_failed' })
  t.equal(await uplink.post(canariesMatter, { counts: [count] }), undefined, 'of an environment that is gone')
})
