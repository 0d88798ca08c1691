import t from 'tap'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { openShop, shopId } from '../support/shop.ts'

t.test('a platform that was killed goes on, too', async t => {
  const dataDir = temporaryDirectory(t)
  const first = await startPlatform(t, { dataDir })
  const shop = await openShop(first)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  const { key } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/hello', answer => answer.status === 200, { key })
  const last = await shop.addClient('dev', 'Added in the last moment')
  process.kill(first.pid, 'SIGKILL')
  await first.exited

  const second = await startPlatform(t, { dataDir })
  for (const known of [key, last.key]) t.equal((await second.traffic(`${shopId}-dev.api.localhost`, '/hello', { key: known })).status, 200)
})
