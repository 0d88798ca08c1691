import { createHash } from 'node:crypto'
import t from 'tap'
import { reachable, startTarget } from '../support/egress.ts'
import { startPlatform } from '../support/platform.ts'
import { openShop, shopId } from '../support/shop.ts'

const gateway = `/api-gateways/${shopId}`

t.test('a route goes to the upstream of each environment, by promotion, and back by rollback', async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_EGRESS_ALLOW: `${reachable}/32` } })
  const shop = await openShop(platform)
  const keys = { dev: (await shop.addClient('dev', 'Mobile')).key, staging: (await shop.addClient('staging', 'Mobile')).key }
  const start = async (name: string): Promise<string> => (await startTarget(t, (request, response) => {
    const sum = createHash('sha256')
    request.on('data', (chunk: Buffer) => sum.update(chunk)).on('end', () => response.end(`${name} ${request.url} ${sum.digest('hex').slice(0, 8)}`))
  })).origin
  const [dev, staging] = [await start('dev'), await start('staging')]

  await platform.admin('PUT', `${gateway}/functions/orders`, { methods: ['GET', 'POST'], path: '/orders/:id', upstream: { name: 'orders', path: '/v2/:id' } })
  t.match(await shop.askUntil('dev', '/orders/7', answer => answer.status !== 404, { key: keys.dev }), { value: { status: 503, json: { code: 'upstream_missing' } } })
  await platform.admin('PUT', `${gateway}/environments/dev/upstreams/orders`, { url: dev })
  t.match(await shop.askUntil('dev', '/orders/7?q', answer => answer.status === 200, { key: keys.dev }), { value: { text: 'dev /v2/7?q e3b0c442' } })
  const upload = Buffer.alloc(5_000_000, 'x')
  const sum = createHash('sha256').update(upload).digest('hex').slice(0, 8)
  t.match(await shop.ask('dev', '/orders/7', { key: keys.dev, method: 'POST', body: upload }), { status: 200, text: `dev /v2/7 ${sum}` })

  t.match(await platform.admin('POST', `${gateway}/environments/staging/releases`, { from: 'dev' }), { status: 409, json: { findings: [{ code: 'upstream_missing' }] } })
  await platform.admin('PUT', `${gateway}/environments/staging/upstreams/orders`, { url: `${staging}/base` })
  t.match(await platform.admin('POST', `${gateway}/environments/staging/releases`, { from: 'dev' }), { status: 201 })
  t.match(await shop.askUntil('staging', '/orders/7', answer => answer.status === 200, { key: keys.staging }), { value: { text: 'staging /base/v2/7 e3b0c442' } })

  await platform.admin('PUT', `${gateway}/functions/orders`, { methods: ['GET'], path: '/orders/:id', source: 'export default () => "a function"' })
  await shop.askUntil('dev', '/orders/7', answer => answer.text === 'a function', { key: keys.dev })
  await platform.admin('POST', `${gateway}/environments/dev/rollback`, { force: true })
  await shop.askUntil('dev', '/orders/7', answer => answer.text.startsWith('dev /v2/7'), { key: keys.dev })
})
