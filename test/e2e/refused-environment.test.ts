import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import t from 'tap'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { openShop, shopId } from '../support/shop.ts'
import { until } from '../support/until.ts'

const environment = `/api-gateways/${shopId}/environments/dev`

/** As no program writes it: what was an object is null. */
function spoil (dataDir: string): void {
  const db = new DatabaseSync(path.join(dataDir, 'store.sqlite'))
  db.exec(`UPDATE environments SET document = json_set(document, '$.config.plugins.cors', json('{"allowOrigins":null}')) WHERE gatewayId = '${shopId}' AND name = 'dev'`)
  db.close()
}

t.test('an environment that does not compile is shown with its reason, served as it was, and mended by its owner', async t => {
  const dataDir = temporaryDirectory(t)
  const { admin, traffic } = await startPlatform(t, { dataDir })
  const shop = await openShop({ admin, traffic })
  await shop.save('say', '/say', 'export default ctx => ctx.env.WORD ?? "nothing"')
  await shop.configure('dev', { none: {} })
  await shop.askUntil('dev', '/say', ({ status }) => status === 200)
  const refusals = async (): Promise<object[]> => ((await admin('GET', `${environment}/refusals`)).json as { items: object[] }).items
  t.strictSame(await refusals(), [])

  spoil(dataDir)
  // A write of it: it is read and sent anew.
  await shop.setVariable('dev', 'WORD', 'a word')
  const { value: shown } = await until('the refusal is shown', refusals, items => items.length > 0, 3_000)
  const [node] = ((await admin('GET', '/data-planes')).json as { items: Array<{ id: string }> }).items
  t.match(shown, [{ dataPlane: node!.id, kind: 'environment', id: null, reason: /cors/ }])
  t.equal(shown.length, 1)
  t.match(await shop.ask('dev', '/say'), { status: 200, text: 'nothing' })

  t.match(await admin('PATCH', environment, { config: { plugins: { cors: null } } }), { status: 200 })
  await shop.askUntil('dev', '/say', ({ text }) => text === 'a word')
  await until('nothing is refused any more', refusals, items => items.length === 0, 3_000)
})
