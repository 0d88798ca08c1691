import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import t from 'tap'
import { createSecretKey } from '#shared/secret-box.ts'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { openShop, shopOf } from '../support/shop.ts'

const source = 'export default ctx => ({ length: ctx.env.TOKEN.length })'
const variable = '/api-gateways/shop/environments/dev/variables/TOKEN'

t.test('with a key that is lost functions do not run, and the log names the variable', async t => {
  const dataDir = temporaryDirectory(t)
  const first = await startPlatform(t, { dataDir })
  const shop = await openShop(first)
  await shop.configure('dev', { none: {} })
  await shop.save('check', '/check', source)
  await first.admin('PUT', variable, { value: 'hunter2', secret: true })
  await shop.askUntil('dev', '/check', answer => (answer.json as { length?: number }).length === 7)
  await first.close()

  // What the operator has to do who has lost it: nobody starts with another key by mistake.
  const store = new DatabaseSync(path.join(dataDir, 'store.sqlite'))
  store.exec("DELETE FROM settings WHERE name = 'sealedWithSecretKey'")
  store.close()
  const second = await startPlatform(t, { dataDir, env: { IMPRUN_SECRET_KEY: createSecretKey() } })
  const again = shopOf(second)
  await again.askUntil('dev', '/check', ({ status, json }) => status === 503 && (json as { code: string }).code === 'function_unavailable')
  await second.admin('PUT', variable, { value: 'put again', secret: true })
  await again.askUntil('dev', '/check', answer => (answer.json as { length?: number }).length === 9)
  await second.close()
  t.match(second.output(), /"variable":"TOKEN"/)
})
