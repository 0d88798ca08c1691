import t, { type Test } from 'tap'
import { quotaMatter, type QuotaUse } from '#shared/quotas.ts'
import { createUplink, UplinkError } from '../../data-plane/uplink.ts'
import { dataPlaneToken, startControlPlane, type ControlPlane } from '../support/control-plane.ts'

const environment = '/api-gateways/shop/environments/dev'
const ledger = '00000000-0000-4000-8000-000000000001'

interface Shop extends ControlPlane {
  clientId: string
  report: (uses: Array<Partial<QuotaUse>>, from?: string) => Promise<unknown>
  post: (body: unknown) => Promise<unknown>
}

async function start (t: Test, plugins: object = { quota: { count: 100, period: 'month', timeZone: 'Europe/Berlin' } }): Promise<Shop> {
  const plane = await startControlPlane(t)
  const { admin, url } = plane
  const uplink = createUplink({ controlUrl: url, token: () => dataPlaneToken })
  t.teardown(uplink.close)
  const post = async (body: unknown): Promise<unknown> => await uplink.post(quotaMatter, body)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop', config: { plugins } })
  const { json } = await admin('POST', `${environment}/clients`, { name: 'Mobile' })
  const clientId = (json as { id: string }).id
  const whole = (use: Partial<QuotaUse>): QuotaUse => ({ gatewayId: 'shop', environment: 'dev', subject: `client:${clientId}`, period: 'month:2030-01-01', endsAt: Date.parse('2030-01-31T23:00:00Z'), spent: 0, returned: 0, ...use })
  return { ...plane, clientId, post, report: async (uses, from = ledger) => await post({ ledger: from, uses: uses.map(whole) }) }
}

t.test('an owner sees what is used, what is left, and when it begins anew', async t => {
  const { admin, clientId, report } = await start(t)
  const state = { clientId, functionName: null, period: 'month', timeZone: 'Europe/Berlin', count: 100, used: 0, remaining: 100, startedAt: '2029-12-31T23:00:00.000Z', resetsAt: '2030-01-31T23:00:00.000Z' }
  t.strictSame((await admin('GET', `${environment}/clients/${clientId}/quotas`)).json, { items: [state] })
  t.strictSame(await report([{ spent: 30 }]), { others: [0] })
  t.strictSame(await report([{ spent: 12, returned: 2 }, { period: 'month:2029-12-01', spent: 9 }], ledger.replace('1', '2')), { others: [30, 0] })
  t.strictSame((await admin('GET', `${environment}/quotas`)).json, { items: [{ ...state, used: 40, remaining: 60 }], nextCursor: null })
  await admin('POST', `${environment}/clients/${clientId}/regenerate-key`, {})
  t.match((await admin('GET', `${environment}/clients/${clientId}/quotas`)).json, { items: [{ used: 40 }] }, 'a new key has used what the old one has')
})

t.test('a reset is a revision, from which on the period begins anew', async t => {
  const { admin, clientId, report, store } = await start(t)
  await report([{ spent: 100 }])
  const answer = await admin('POST', `${environment}/clients/${clientId}/quotas/reset`)
  t.match(answer, { status: 204, headers: { 'x-imprun-revision': String(await store.revision()) } })
  t.match((await admin('GET', `${environment}/clients/${clientId}/quotas`)).json, { items: [{ used: 0, remaining: 100 }] })
  await report([{ spent: 101 }])
  await report([{ period: 'month:2030-01-01#1', spent: 3 }])
  t.match((await admin('GET', `${environment}/clients/${clientId}/quotas`)).json, { items: [{ used: 3 }] }, 'late reports of the old one do not count')
  t.equal((await admin('PATCH', `${environment}/clients/${clientId}`, { description: 'x' })).status, 200)
  t.match((await admin('GET', `${environment}/clients/${clientId}/quotas`)).json, { items: [{ used: 3 }] })
})

t.test('quotas of the environment as a whole', async t => {
  const { admin, report, clientId } = await start(t, { none: {}, quota: { count: 10, period: 'day', by: 'environment' } })
  await report([{ subject: 'environment', period: 'day:2030-01-01', spent: 7 }])
  t.match((await admin('GET', `${environment}/quotas`)).json, { items: [{ clientId: null, used: 7, remaining: 3, timeZone: 'UTC' }] })
  t.strictSame((await admin('GET', `${environment}/clients/${clientId}/quotas`)).json, { items: [] })
  t.equal((await admin('POST', `${environment}/quotas/reset`)).status, 204)
  t.match((await admin('GET', `${environment}/quotas`)).json, { items: [{ clientId: null, used: 0 }] })
  await admin('PATCH', environment, { config: { plugins: { cors: { allowOrigins: ['*'] } } } })
  t.match((await admin('GET', `${environment}/quotas`)).json, { items: [{ used: 0 }] })
})

t.test('a client\'s own quota is in the place of the others; without any there is nothing to see', async t => {
  const { admin, clientId } = await start(t)
  await admin('PATCH', `${environment}/clients/${clientId}`, { plugins: { quota: { count: 5, period: 'week' } } })
  t.match((await admin('GET', `${environment}/quotas`)).json, { items: [{ clientId, count: 5, period: 'week', startedAt: '2029-12-31T00:00:00.000Z' }] })
  const { admin: other, clientId: id } = await start(t, {})
  t.strictSame((await other('GET', `${environment}/clients/${id}/quotas`)).json, { items: [] })
  for (const path of [`${environment}/clients/nobody/quotas`, '/api-gateways/shop/environments/beta/quotas', '/api-gateways/nothing/environments/dev/quotas']) t.equal((await other('GET', path)).status, 404)
})

t.test('a time zone that is none is refused, and so is what is no report', async t => {
  const { admin, post } = await start(t)
  t.match((await admin('PATCH', environment, { config: { plugins: { quota: { count: 1, period: 'day', timeZone: 'Mars/Olympus' } } } })).json, { errors: [{ pointer: '/config/plugins/quota/timeZone' }] })
  for (const body of [{ ledger: 'x', uses: [] }, { ledger, uses: [{}] }, { ledger }]) await t.rejects(post(body), UplinkError)
})

t.test('several quotas are seen one by one, and begun anew together', async t => {
  const { admin, clientId, report } = await start(t, { none: {}, quota: { quotas: [{ count: 10, period: 'day' }, { count: 100, period: 'month', timeZone: 'Europe/Berlin' }, { count: 1_000, period: 'month', by: 'environment' }] } })
  await report([{ spent: 30 }, { period: 'day:2030-01-01', spent: 4 }, { subject: 'environment', spent: 50 }])
  const ofClient = [{ clientId, period: 'day', count: 10, used: 4, remaining: 6 }, { clientId, period: 'month', timeZone: 'Europe/Berlin', count: 100, used: 30, remaining: 70 }]
  t.match((await admin('GET', `${environment}/clients/${clientId}/quotas`)).json, { items: ofClient })
  t.match((await admin('GET', `${environment}/quotas`)).json, {
    items: [{ clientId: null, period: 'day', used: 0 }, { clientId: null, period: 'month', count: 100, used: 50 }, { clientId: null, period: 'month', count: 1_000, used: 50, remaining: 950 }, ...ofClient]
  })
  await admin('POST', `${environment}/clients/${clientId}/quotas/reset`)
  t.match((await admin('GET', `${environment}/clients/${clientId}/quotas`)).json, { items: [{ used: 0 }, { used: 0 }] })
})

t.test('what several quotas cannot be is refused with its place', async t => {
  const { admin } = await start(t)
  const pointersOf = async (quota: object): Promise<unknown> => {
    // What is patched is merged.
    await admin('PATCH', environment, { config: { plugins: { quota: null } } })
    const { json } = await admin('PATCH', environment, { config: { plugins: { quota } } })
    return (json as { errors?: Array<{ pointer: string }> }).errors?.map(({ pointer }) => pointer.replace('/config/plugins/quota', '')) ?? 'accepted'
  }
  const day = { count: 1, period: 'day' }
  t.strictSame([
    await pointersOf({ ...day, quotas: [{ ...day, by: 'environment' }, { count: 2, period: 'week' }] }),
    await pointersOf({ ...day, quotas: [{ count: 2, period: 'week' }, { count: 3, period: 'day', timeZone: 'Europe/Berlin' }] }),
    await pointersOf({ quotas: [day, day] }), await pointersOf({ quotas: [{ ...day, timeZone: 'Mars/Olympus' }] }),
    await pointersOf({}), await pointersOf({ count: 1, quotas: [day] }), await pointersOf({ by: 'client', quotas: [day] }), await pointersOf({ quotas: [] })
  ], ['accepted', ['/quotas/1/period'], ['/quotas/1/period'], ['/quotas/0/timeZone'], ['/count', '/period'], ['/period'], ['/by'], ['/quotas']])
})
