import path from 'node:path'
import t, { type Test } from 'tap'
import { systemClock } from '#shared/clock.ts'
import type { QuotaAnswer, QuotaReport } from '#shared/quotas.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import { openLedger } from '../../data-plane/quotas/ledger.ts'
import type { QuotaSpend } from '../../data-plane/quotas/quotas.ts'
import { UplinkError } from '../../data-plane/uplink.ts'
import { createGateway } from '../contract/documents.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { openTestQuotas, type TestQuotas } from '../support/quotas.ts'
import { until } from '../support/until.ts'

const endsAt = Date.now() + 86_400_000
const spend = (more: Partial<QuotaSpend> = {}): QuotaSpend => ({ gatewayId: 'shop', environment: 'prod', subject: 'client:mobile', period: 'day:2030-01-01', endsAt, max: 100, cost: 1, ...more })

/** A store, and data planes that report to it while it is not away. */
async function start (t: Test): Promise<{ open: (name: string, times?: { writeMs: number, syncMs: number }) => TestQuotas, away: { is: boolean }, used: () => Promise<number> }> {
  const dir = temporaryDirectory(t)
  const store = await openSqliteStore({ file: path.join(dir, 'store.sqlite'), clock: systemClock })
  t.teardown(store.close)
  await createGateway(store, 'shop')
  const away = { is: false }
  const answer = async ({ ledger, uses }: QuotaReport): Promise<QuotaAnswer> => {
    if (away.is) throw new UplinkError('unreachable', 'it is away')
    return { others: await store.addQuotaUses(ledger, uses, Date.now()) }
  }
  return { away, open: (name, times) => openTestQuotas(t, { file: path.join(dir, `${name}.sqlite`), answer, ...times }), used: async () => (await store.sumQuotaUses([spend()]))[0]! }
}

function takeAll ({ quotas }: TestQuotas, tries = 1_000): number {
  let taken = 0
  for (let i = 0; i < tries; i++) if (quotas.take([spend()]).isTaken) taken++
  return taken
}

t.test('data planes that have told each other let in together what one would', async t => {
  const { open, used } = await start(t)
  const [a, b] = [open('a'), open('b')]
  t.equal(takeAll(a, 60), 60)
  await a.quotas.sync()
  t.match(b.quotas.take([spend()]), { isTaken: true }, 'it has not heard of this client yet')
  await b.quotas.sync()
  t.match(b.quotas.take([spend()]), { isTaken: true, used: [62] })
  t.equal(takeAll(b), 38)
  await b.quotas.sync()
  t.match(a.quotas.take([spend()]), { isTaken: true }, 'what b has let in since a has heard of it last')
  await a.quotas.sync()
  t.equal(takeAll(a), 0)
  t.equal(await used(), 101)
})

t.test('while the control plane is away each goes on from what it knows: never more than what was left, each', async t => {
  const { open, away, used } = await start(t)
  const planes = ['a', 'b', 'c'].map(name => open(name))
  takeAll(planes[0]!, 70)
  for (const plane of planes) {
    plane.quotas.take([spend({ cost: 0 })])
    await plane.quotas.sync()
  }
  away.is = true
  t.strictSame(planes.map(plane => takeAll(plane)), [30, 30, 30])
  for (const { quotas } of planes) await quotas.sync()
  t.equal(await used(), 70)
  away.is = false
  for (const { quotas } of planes) await quotas.sync()
  t.equal(await used(), 160, 'nothing of it is forgotten')
  for (const { quotas } of planes) await quotas.sync()
  t.strictSame(planes.map(plane => takeAll(plane)), [0, 0, 0])
})

t.test('what was written survives a process that is killed, and is told by the next one', async t => {
  const { open, away, used } = await start(t)
  away.is = true
  const first = open('a')
  takeAll(first, 40)
  await first.quotas.sync()
  takeAll(first, 5)
  // Nobody closes it: what was not written yet is what a kill loses.
  const second = open('a')
  t.match(second.quotas.take([spend({ cost: 0 })]), { used: [40] })
  away.is = false
  await second.quotas.sync()
  t.equal(await used(), 40)
})

t.test('two processes of one data plane write the same account', async t => {
  const { open, used } = await start(t)
  const [old, next] = [open('a'), open('a')]
  takeAll(old, 10)
  takeAll(next, 20)
  await old.quotas.sync()
  await next.quotas.sync()
  t.match(old.quotas.take([spend({ cost: 1 })]), { isTaken: true })
  await old.quotas.sync()
  t.equal(await used(), 31)
})

t.test('an answer that is lost changes nothing', async t => {
  const { open, away, used } = await start(t)
  const a = open('a')
  takeAll(a, 10)
  await a.quotas.sync()
  takeAll(a, 5)
  away.is = true
  await a.quotas.sync()
  away.is = false
  await a.quotas.sync()
  await a.quotas.sync()
  t.equal(await used(), 15)
})

t.test('corrections: more, less, and across a restart', async t => {
  const { open, used } = await start(t)
  const a = open('a')
  t.match(a.quotas.take([spend({ cost: 10 })]), { used: [10] })
  a.quotas.correct({ ...spend(), delta: 25 })
  a.quotas.correct({ ...spend(), delta: -5 })
  await a.quotas.sync()
  t.equal(await used(), 30)
  t.match(open('a').quotas.take([spend({ cost: 71 })]), { isTaken: false, used: [30] })
  t.match(open('a').quotas.take([spend({ cost: 70 })]), { isTaken: true, used: [100] })
})

t.test('whatever is spent is told by itself, also what turns out later, and what was not heard', async t => {
  const { open, used, away } = await start(t)
  const { quotas } = open('a', { writeMs: 1, syncMs: 1 })
  quotas.take([spend()])
  await until('it is told', used, value => value === 1)
  quotas.correct({ ...spend(), delta: 9 })
  await until('so is this', used, value => value === 10)
  away.is = true
  quotas.correct({ ...spend(), delta: -4 })
  await quotas.sync()
  away.is = false
  await until('and this', used, value => value === 6)
  away.is = true
  quotas.correct({ ...spend(), delta: 1 })
  await quotas.close()
  away.is = false
  open('a', { writeMs: 1, syncMs: 1 })
  await until('and what the process before could not tell', used, value => value === 7)
})

t.test('a ledger that is lost begins as another one, and what it had told stays', async t => {
  const { open, used } = await start(t)
  const lost = open('a')
  takeAll(lost, 50)
  await lost.quotas.sync()
  const found = open('b')
  found.quotas.take([spend({ cost: 0 })])
  await found.quotas.sync()
  t.equal(takeAll(found), 50)
  await found.quotas.sync()
  t.equal(await used(), 100)
  t.not(openLedger(path.join(temporaryDirectory(t), 'x.sqlite')).id, lost.ledger.id)
})

t.test('several are spent together or not at all, also by a process after this one', async t => {
  const { open } = await start(t)
  const both = (cost: number) => [spend({ max: 5, cost }), spend({ period: 'month:2030-01-01', max: 8, cost })]
  const first = open('a')
  t.strictSame(first.quotas.take(both(5)), { isTaken: true, used: [5, 5] })
  t.strictSame(first.quotas.take(both(1)), { isTaken: false, used: [5, 5] })
  await first.quotas.close()
  const { quotas } = open('a')
  const later = (cost: number) => [spend({ period: 'day:2030-01-02', max: 5, cost }), both(cost)[1]!]
  t.strictSame(quotas.take(later(4)), { isTaken: false, used: [0, 5] })
  t.strictSame(quotas.take(later(3)), { isTaken: true, used: [3, 8] })
  t.strictSame(quotas.take(later(0)), { isTaken: true, used: [3, 8] })
})
