import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'

t.test('once a write is answered as applied, every worker serves it: nobody has to look twice', async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2' } })
  const shop = await openShop(platform)
  const fn = { methods: ['GET'], path: '/step', source: 'export default ctx => ctx.env.STEP ?? "none"' }
  t.match(await platform.admin('PUT', '/api-gateways/shop/functions/step?wait=applied', fn), { status: 201, headers: { 'x-imprun-applied': 'true' } })
  const added = await platform.admin('POST', '/api-gateways/shop/environments/dev/clients?wait=applied', { name: 'Mobile' })
  const { apiKey: key, id } = added.json as { apiKey: string, id: string }

  for (let step = 0; step < 10; step++) {
    const put = await platform.admin('PUT', '/api-gateways/shop/environments/dev/variables/STEP?wait=applied', { value: `step ${step}` })
    t.equal(put.headers['x-imprun-applied'], 'true')
    const answers = await Promise.all(Array.from({ length: 8 }, async () => await shop.ask('dev', '/step', { key, headers: { connection: 'close' } })))
    t.strictSame(answers.map(({ status, text }) => `${status} ${text}`), Array.from({ length: 8 }, () => `200 step ${step}`))
  }
  await platform.admin('DELETE', `/api-gateways/shop/environments/dev/clients/${id}?wait=applied`)
  const refused = await Promise.all(Array.from({ length: 8 }, async () => await shop.ask('dev', '/step', { key, headers: { connection: 'close' } })))
  t.ok(refused.every(({ status }) => status === 401))

  const { items } = (await platform.admin('GET', '/data-planes')).json as { items: object[] }
  t.match(items, [{ id: /^\w{20}$/, connected: true, environments: null, workers: 2, lag: { revisions: 0, ms: 0 }, version: /^\d/ }])
  t.equal(items.length, 1)
})
