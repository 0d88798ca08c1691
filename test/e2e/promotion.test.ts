import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'

t.test('a promotion brings functions, and neither keys nor variables', async t => {
  const shop = await openShop(await startPlatform(t))
  const source = (version: number) => `export default ctx => ({ version: ${version}, place: ctx.env.PLACE ?? null })`
  await shop.save('version', '/version', source(1))
  await shop.setVariable('dev', 'PLACE', 'dev')
  const dev = await shop.addClient('dev', 'Mobile')
  const prod = await shop.addClient('prod', 'Mobile')

  await shop.askUntil('dev', '/version', answer => answer.status === 200, { key: dev.key })
  const { value: nothing } = await shop.askUntil('prod', '/version', answer => answer.status !== 401, { key: prod.key })
  t.equal(nothing.status, 404, 'prod serves nothing before the first promotion')

  await shop.promote('prod')
  const { value: first } = await shop.askUntil('prod', '/version', answer => answer.status === 200, { key: prod.key })
  t.strictSame(first.json, { version: 1, place: null })

  await shop.save('version', '/version', source(2))
  await shop.askUntil('dev', '/version', answer => (answer.json as { version: number }).version === 2, { key: dev.key })
  t.match((await shop.ask('prod', '/version', { key: prod.key })).json, { version: 1 }, 'prod stays as it was')
  await shop.promote('prod')
  await shop.askUntil('prod', '/version', answer => (answer.json as { version: number }).version === 2, { key: prod.key })

  const refused = await shop.ask('prod', '/version', { key: dev.key })
  t.equal(refused.status, 401)
  t.match(refused.json, { code: 'api_key_other_environment' })
})
