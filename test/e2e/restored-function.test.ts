import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'

t.test('a deleted function stops to answer in dev, and answers again when it is restored', async t => {
  const platform = await startPlatform(t)
  const shop = await openShop(platform)
  await shop.save('version', '/version', 'export default () => ({ version: 1 })')
  const [dev, prod] = [await shop.addClient('dev', 'Mobile'), await shop.addClient('prod', 'Mobile')]
  await shop.promote('prod')
  await shop.askUntil('prod', '/version', answer => answer.status === 200, { key: prod.key })
  await shop.askUntil('dev', '/version', answer => answer.status === 200, { key: dev.key })

  await platform.admin('DELETE', '/api-gateways/shop/functions/version')
  await shop.askUntil('dev', '/version', answer => answer.status === 404, { key: dev.key })
  t.equal((await shop.ask('prod', '/version', { key: prod.key })).status, 200, 'prod serves what was released to it')

  t.equal((await platform.admin('POST', '/api-gateways/shop/functions/version/restore')).status, 201)
  const { value } = await shop.askUntil('dev', '/version', answer => answer.status === 200, { key: dev.key })
  t.strictSame(value.json, { version: 1 })
})
