import t from 'tap'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { openShop, shopId } from '../support/shop.ts'
import { spoilEnvironment } from '../support/spoilt-environment.ts'
import { until } from '../support/until.ts'

const environment = `/api-gateways/${shopId}/environments/dev`

t.test('an environment that does not compile is shown with its reason, served as it was, and mended by its owner', async t => {
  const dataDir = temporaryDirectory(t)
  const { admin, traffic } = await startPlatform(t, { dataDir })
  const shop = await openShop({ admin, traffic })
  await shop.save('say', '/say', 'export default ctx => ctx.env.WORD ?? "nothing"')
  await shop.configure('dev', { none: {} })
  await shop.askUntil('dev', '/say', ({ status }) => status === 200)
  const refusals = async (): Promise<object[]> => ((await admin('GET', `${environment}/refusals`)).json as { items: object[] }).items
  t.strictSame(await refusals(), [])

  spoilEnvironment(dataDir, shopId)
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
