import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import t, { type Test } from 'tap'
import { createLogger } from '#shared/log.ts'
import { maxUsageClients, maxVariableNames, type UsageReport } from '#shared/usage.ts'
import { startUsageSweep } from '../../control-plane/usage/sweep.ts'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { until } from '../support/until.ts'
import { routeUse, usageReporter, variableUse } from '../support/usage.ts'

const usage = '/api-gateways/shop/environments/dev/usage'
const dayMs = 86_400_000

async function start (t: Test): Promise<ControlPlane & { report: (report: Partial<UsageReport>) => Promise<unknown> }> {
  const plane = await startControlPlane(t)
  await plane.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return { ...plane, report: usageReporter(t, plane) }
}

t.test('an owner sees which routes are in use, by whom, and when last', async t => {
  const { admin, report, clock } = await start(t)
  await report({ routes: [routeUse({ requests: 3, clients: ['mobile', 'web'] }), routeUse({ method: 'POST', moreClients: true }), routeUse({ environment: 'prod' })] })
  clock.advance(2 * dayMs)
  await report({ routes: [routeUse({ requests: 4, lastAt: clock.now() })] })
  const orders = { functionName: 'list', method: 'GET', path: '/orders', requests: 7, lastUsedAt: '2030-01-03T00:00:00.000Z', clients: ['mobile', 'web'], moreClients: false }
  const first = await admin('GET', `${usage}?limit=1`)
  t.strictSame((first.json as { items: unknown }).items, [orders])
  const { nextCursor } = first.json as { nextCursor: string }
  t.match((await admin('GET', `${usage}?limit=1&cursor=${nextCursor}`)).json, { items: [{ method: 'POST', requests: 1, moreClients: true }], nextCursor: null })
  t.match((await admin('GET', `${usage}?days=1`)).json, { items: [{ ...orders, requests: 4, clients: [] }] })
  clock.advance(7 * dayMs)
  t.strictSame((await admin('GET', `${usage}?days=6`)).json, { items: [], nextCursor: null })
  for (const query of ['days=0', 'days=31', 'from=x']) t.equal((await admin('GET', `${usage}?${query}`)).status, 400, query)
  t.equal((await admin('GET', '/api-gateways/shop/environments/beta/usage')).status, 404)
})

t.test('the longest path is found again on the next page', async t => {
  const { admin, report } = await start(t)
  await report({ routes: [routeUse({ path: `/${'a'.repeat(511)}`, functionName: 'f'.repeat(64), method: 'OPTIONS' }), routeUse({ path: '/b' })] })
  const { nextCursor } = (await admin('GET', `${usage}?limit=1`)).json as { nextCursor: string }
  t.match((await admin('GET', `${usage}?limit=1&cursor=${nextCursor}`)).json, { items: [{ path: '/b' }] })
})

t.test('a data plane whose clock is wrong makes no use of the future', async t => {
  const { admin, report, clock } = await start(t)
  await report({ routes: [routeUse({ lastAt: clock.now() + dayMs }), routeUse({ path: '/old', lastAt: 5 })] })
  t.match((await admin('GET', `${usage}?days=30`)).json, { items: [{ path: '/orders', lastUsedAt: '2030-01-01T00:00:00.000Z' }] })
  t.equal(((await admin('GET', `${usage}?days=30`)).json as { items: unknown[] }).items.length, 1)
})

t.test('what is no report is refused as a whole', async t => {
  const { admin, report } = await start(t)
  const ids = Array.from({ length: maxUsageClients + 1 }, (_value, n) => `c${n}`)
  const names = Array.from({ length: maxVariableNames + 1 }, (_value, n) => `N${n}`)
  const reports: Array<Record<string, unknown>> = [
    { routes: [routeUse({ method: 'TRACE' })] }, { routes: [routeUse({ path: '/a b' })] }, { routes: [routeUse({ path: '/a#b' })] }, { routes: [routeUse({ requests: -1 })] },
    { routes: [routeUse({ requests: 0.5 })] }, { routes: [routeUse({ clients: ids })] }, { routes: [routeUse({ clients: ['../x'] })] }, { routes: [{ ...routeUse(), more: 1 }] },
    { routes: Array.from({ length: 501 }, () => routeUse()) }, { variables: [variableUse({ found: names })] }, { variables: [variableUse({ missing: ['a-b'] })] },
    { variables: [variableUse({ missing: ['A'.repeat(65)] })] }, { variables: [variableUse({ versionId: '' })] }, { variables: null }, { more: [] }
  ]
  for (const body of reports) await t.rejects(report({ routes: [routeUse()], ...body }), { failure: 'refused', status: 400, code: 'validation_failed' })
  t.match((await admin('GET', usage)).json, { items: [] })
})

t.test('what was in use long ago is forgotten', async t => {
  const { store, clock, dataDir, report } = await start(t)
  await report({ routes: [routeUse(), routeUse({ path: '/b' })], variables: [variableUse({ found: ['A'] })] })
  const file = new DatabaseSync(path.join(dataDir, 'store.sqlite'), { readOnly: true })
  t.teardown(() => file.close())
  const kept = (): number => ['routeUsage', 'variableReads'].reduce((sum, table) => sum + Number(file.prepare(`SELECT count(*) AS count FROM ${table}`).get()!.count), 0)
  t.equal(kept(), 3)
  clock.advance(100 * dayMs)
  const sweep = startUsageSweep({ store, logger: createLogger('control-plane', 'silent'), intervalMs: 1 })
  t.teardown(async () => await sweep.close())
  t.equal((await until('all is gone', kept, count => count === 0)).value, 0)
})
