import t from 'tap'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { openShop, shopId } from '../support/shop.ts'

t.test('the next start on the same data directory serves the same', async t => {
  const dataDir = temporaryDirectory(t)
  const first = await startPlatform(t, { dataDir })
  const shop = await openShop(first)
  await shop.save('hello', '/hello', 'export default ctx => `hello ${ctx.client.name}`')
  const { key } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/hello', answer => answer.status === 200, { key })
  await first.close()

  const second = await startPlatform(t, { dataDir })
  const answer = await second.traffic(`${shopId}-dev.api.localhost`, '/hello', { key })
  t.match(answer, { status: 200, text: 'hello Mobile' }, 'the first request is answered: the replica was there')
  t.match((await second.admin('GET', `/api-gateways/${shopId}`)).json, { id: shopId, environments: ['dev', 'staging', 'prod'] })
  t.equal((await second.admin('POST', `/api-gateways/${shopId}/environments/dev/clients`, { name: 'Dashboard' })).status, 201, 'and it can be changed')
})
