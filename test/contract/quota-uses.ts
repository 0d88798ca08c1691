import type { Test } from 'tap'
import { quotaRetainedMs, type QuotaUse } from '#shared/quotas.ts'
import { createGateway, ref } from './documents.ts'
import type { OpenStore } from './harness.ts'

const now = Date.UTC(2030, 0, 1)

function use (spent: number, fields: Partial<QuotaUse> = {}): QuotaUse {
  return { ...ref('shop', 'dev'), subject: 'client:mobile', period: 'month:2030-01-01', endsAt: now + 1_000, spent, returned: 0, ...fields }
}

export function quotaUsesContract (t: Test, open: OpenStore): void {
  t.test('each ledger says all that it has spent, and hears what the others have', async t => {
    const { store, reopen } = await open(t)
    await createGateway(store, 'shop')
    t.strictSame(await store.sumQuotaUses([use(0)]), [0])
    t.strictSame(await store.addQuotaUses('a', [use(5), use(2, { subject: 'environment' })], now), [0, 0])
    t.strictSame(await store.addQuotaUses('b', [use(3, { returned: 1 })], now), [5])
    t.strictSame(await store.addQuotaUses('a', [use(7), use(0, { period: 'day:2030-01-01' })], now), [2, 0])
    t.strictSame(await store.sumQuotaUses([use(0), use(0, { subject: 'environment' }), use(0, { environment: 'prod' })]), [9, 2, 0])
    t.equal(await store.revision(), 1, 'nobody follows them')
    t.strictSame(await (await reopen()).sumQuotaUses([use(0)]), [9])
  })

  t.test('what comes twice, late or out of order changes nothing', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addQuotaUses('a', [use(7, { returned: 2 })], now)
    await Promise.all(Array.from({ length: 5 }, async () => await store.addQuotaUses('a', [use(7, { returned: 2 })], now)))
    await store.addQuotaUses('a', [use(4, { returned: 1 })], now)
    t.strictSame(await store.sumQuotaUses([use(0)]), [5])
    await Promise.all(Array.from({ length: 5 }, async (_, i) => await store.addQuotaUses(`ledger${i}`, [use(10)], now)))
    t.strictSame(await store.sumQuotaUses([use(0)]), [55])
  })

  t.test('periods that are long over are forgotten, and all go with their environment', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addQuotaUses('a', [use(7), use(3, { environment: 'nowhere' }), use(2, { period: 'month:2030-02-01', endsAt: now + quotaRetainedMs * 9 })], now)
    await store.addQuotaUses('a', [], now + 1_000 + quotaRetainedMs)
    t.strictSame(await store.sumQuotaUses([use(0)]), [7])
    await store.addQuotaUses('a', [], now + 1_001 + quotaRetainedMs)
    t.strictSame(await store.sumQuotaUses([use(0), use(0, { environment: 'nowhere' }), use(0, { period: 'month:2030-02-01' })]), [0, 0, 2])
    await store.deleteEnvironment('shop', 'dev', (await store.getEnvironment('shop', 'dev'))!.revision)
    t.strictSame(await store.sumQuotaUses([use(0, { period: 'month:2030-02-01' })]), [0])
  })
}
