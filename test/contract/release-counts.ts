import type { Test } from 'tap'
import type { ReleaseCounts } from '#shared/canaries.ts'
import { countsRetainedMs, countStepMs } from '../../control-plane/store/store.ts'
import { createGateway, ref } from './documents.ts'
import type { OpenStore } from './harness.ts'

const dev = ref('shop', 'dev')
/** The beginning of a step. */
const now = Date.UTC(2030, 0, 1)

function counts (requests: number, failures: number, fields: Partial<ReleaseCounts> = {}): ReleaseCounts {
  return { gatewayId: 'shop', environment: 'dev', release: 1, requests, failures, ...fields }
}

export function releaseCountsContract (t: Test, open: OpenStore): void {
  t.test('what several report is added up, each release for itself', async t => {
    const { store, reopen } = await open(t)
    await createGateway(store, 'shop')
    t.strictSame(await store.sumReleaseCounts(dev, 1, 0), { requests: 0, failures: 0 })
    await store.addReleaseCounts([counts(10, 1), counts(5, 5, { release: 2 }), counts(3, 0, { environment: 'prod' })], now)
    await Promise.all(Array.from({ length: 10 }, () => store.addReleaseCounts([counts(2, 1), counts(1, 0)], now + 1)))
    t.strictSame(await store.sumReleaseCounts(dev, 1, now), { requests: 40, failures: 11 })
    t.strictSame(await store.sumReleaseCounts(dev, 2, now), { requests: 5, failures: 5 })
    t.strictSame(await store.sumReleaseCounts(ref('shop', 'prod'), 1, now), { requests: 3, failures: 0 })
    t.equal(await store.revision(), 1, 'nobody follows them')
    t.strictSame(await (await reopen()).sumReleaseCounts(dev, 1, now), { requests: 40, failures: 11 })
  })

  t.test('a sum begins with the step in which its time is', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    for (let step = 0; step < 5; step++) await store.addReleaseCounts([counts(10 ** step, 0)], now + (step * countStepMs) + (step * 1_000))
    const requests = async (since: number): Promise<number> => (await store.sumReleaseCounts(dev, 1, since)).requests
    t.equal(await requests(now), 11_111)
    t.equal(await requests(now + countStepMs - 1), 11_111)
    t.equal(await requests(now + countStepMs), 11_110)
    t.equal(await requests(now + (4 * countStepMs) + 9_000), 10_000)
    t.equal(await requests(now + (5 * countStepMs)), 0)
  })

  t.test('old counts are forgotten, and all go with their environment', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addReleaseCounts([counts(1, 0)], now)
    await store.addReleaseCounts([counts(10, 0)], now + countsRetainedMs)
    t.equal((await store.sumReleaseCounts(dev, 1, 0)).requests, 11)
    await store.addReleaseCounts([], now + countsRetainedMs + countStepMs)
    t.equal((await store.sumReleaseCounts(dev, 1, 0)).requests, 10)

    await store.deleteEnvironment('shop', 'dev', (await store.getEnvironment('shop', 'dev'))!.revision)
    t.equal((await store.sumReleaseCounts(dev, 1, 0)).requests, 0)
    await store.addReleaseCounts([counts(1, 0), counts(1, 0, { gatewayId: 'other' }), counts(7, 0, { environment: 'prod' })], now + countsRetainedMs)
    t.equal((await store.sumReleaseCounts(dev, 1, 0)).requests, 0, 'who is late has nowhere to report to')
    t.equal((await store.sumReleaseCounts(ref('shop', 'prod'), 1, 0)).requests, 7)
  })
}
