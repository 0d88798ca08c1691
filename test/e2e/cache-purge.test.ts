import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

t.test('a purge that has been applied is known to every worker', { timeout: 120_000 }, async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2' } })
  const shop = await openShop(platform)
  await shop.save('price', '/price', `export default () => new Response(crypto.randomUUID(), { headers: { 'cache-control': 'max-age=3600', 'cache-tag': 'prices' } })`)
  await shop.configure('dev', { none: {}, cache: {} })
  /** Over several connections. */
  const ask = async (): Promise<string[]> => await Promise.all(Array.from({ length: 40 }, async () => (await shop.ask('dev', '/price')).text))
  await until('all workers serve', async () => await platform.admin('PATCH', '/api-gateways/shop?wait=applied', { name: 'A shop' }), ({ headers }) => headers['x-imprun-applied'] === 'true')
  const before = new Set([...await ask(), ...await ask()])
  t.ok(before.size <= 2, 'each worker has asked once')
  for (const what of [{ tags: ['prices'] }, { paths: ['/pri*'] }, { all: true }]) {
    t.match(await platform.admin('POST', '/api-gateways/shop/environments/dev/cache/purge?wait=applied', what), { status: 204, headers: { 'x-imprun-applied': 'true' } })
    const after = await ask()
    t.strictSame(after.filter(text => before.has(text)), [], JSON.stringify(what))
    for (const text of after) before.add(text)
  }
})
