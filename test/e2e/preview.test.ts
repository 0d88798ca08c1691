import t from 'tap'
import type { Answer } from '../support/http.ts'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

const functionPath = '/api-gateways/shop/functions/version'
const draft = (value: number) => ({ methods: ['GET'], path: '/version', source: `export default ctx => ({ version: ${value}, currency: ctx.env.CURRENCY })` })

t.test('a function that is saved as a preview is met at its host alone, with a key, and until it is deleted or expires', async t => {
  const { admin, traffic } = await startPlatform(t)
  const shop = await openShop({ admin, traffic })
  await shop.save('version', '/version', draft(1).source)
  await shop.configure('dev', { 'served-by': {} })
  await shop.setVariable('dev', 'CURRENCY', 'EUR')
  const { key } = await shop.addClient('dev', 'Mobile')
  const saved = await admin('PUT', `${functionPath}?preview=true`, draft(2))
  const { preview: { domain, release } } = saved.json as { preview: { domain: string, release: number } }
  const { value: answer } = await until('the preview', async () => await traffic(domain, '/version', { key }), ({ status }) => status === 200)
  t.match(answer, { json: { version: 2, currency: 'EUR' }, headers: { 'x-imprun-release': String(release) } })
  t.match(await traffic(domain, '/version'), { status: 401 })
  t.match(await shop.ask('dev', '/version', { key }), { status: 200, json: { version: 1 }, headers: { 'x-imprun-release': '1' } })

  t.equal((await admin('DELETE', `/api-gateways/shop/environments/dev/previews/${release}`)).status, 204)
  await until('nothing is there', async () => await traffic(domain, '/version', { key }), ({ status }) => status === 404)
  t.match(await admin('PUT', functionPath, draft(2)), { status: 200, json: { release: 3 } })
  await shop.askUntil('dev', '/version', ({ json }) => (json as { version: number }).version === 2, { key })

  const next = (await admin('PUT', `${functionPath}?preview=true`, draft(3))).json as { preview: { domain: string, release: number } }
  const ask = async (): Promise<Answer> => await traffic(next.preview.domain, '/version', { key })
  await until('the next preview', ask, ({ status }) => status === 200)
  const expiresAt = new Date(Date.now() + 1_000).toISOString()
  t.match(await admin('PATCH', `/api-gateways/shop/environments/dev/previews/${next.preview.release}`, { expiresAt }), { status: 200 })
  const { value: { json } } = await until('its end', ask, ({ status }) => status !== 200)
  t.ok(['preview_expired', 'host_unknown'].includes((json as { code: string }).code), 'it expires by itself: until it is swept, and after')
})
