import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'

t.test('from an empty directory to a request that is answered by a function', async t => {
  const platform = await startPlatform(t)
  const shop = await openShop(platform)
  await shop.save('echo', '/products/:id', `export default async function (ctx: { params: { id: string }, body: { quantity: number } | null, client: object, gateway: object, environment: string, env: object, query: object, headers: Record<string, string> }) {
    const { params, body, client, gateway, environment, env, query, headers } = ctx
    return Response.json({ params, body, client, gateway, environment, env, query, key: headers['x-api-key'] ?? null }, { status: 202, headers: { 'x-made-by': 'a function' } })
  }`, ['POST'])
  await shop.setVariable('dev', 'GREETING', 'hello')
  const { id, key } = await shop.addClient('dev', 'Mobile')

  const { value: answer } = await shop.askUntil('dev', '/products/a%20b?full=1', answer => answer.status === 202, { method: 'POST', key, body: { quantity: 3 } })
  t.strictSame(answer.json, {
    params: { id: 'a b' },
    body: { quantity: 3 },
    client: { id, name: 'Mobile' },
    gateway: { id: 'shop', name: 'Shop' },
    environment: 'dev',
    env: { GREETING: 'hello' },
    query: { full: '1' },
    key: null
  })
  t.equal(answer.headers['x-made-by'], 'a function')
  t.equal((await shop.ask('dev', '/products/1', { method: 'POST' })).status, 401, 'not without a key')
  t.equal((await shop.ask('dev', '/products/1', { key })).status, 405)
  t.equal((await shop.ask('prod', '/products/1', { method: 'POST', key })).status, 401, 'not in another environment')
})
