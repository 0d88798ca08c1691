import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'

t.test('traffic shows a change at once, and a new key and a revoked one as well', async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2' } })
  const shop = await openShop(platform)
  await shop.save('step', '/step', 'export default ctx => ctx.env.STEP ?? "none"')
  const { key, id } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/step', answer => answer.status === 200, { key })

  const tries: number[] = []
  for (let step = 0; step < 10; step++) {
    const text = `step ${step}`
    await shop.setVariable('dev', 'STEP', text)
    tries.push((await shop.askUntil('dev', '/step', answer => answer.text === text, { key })).tries)
    const again = await Promise.all(Array.from({ length: 8 }, async () => (await shop.ask('dev', '/step', { key })).status))
    t.ok(again.every(status => status === 200))
  }
  // Each look after the first one is 10 ms later: a poll of the store on any longer interval would show here.
  t.comment(`looks until a change was seen: ${tries.join(' ')}`)
  t.ok(tries.reduce((sum, count) => sum + count, 0) <= 10 * 11, 'far less than 100 ms on average')

  const place = `/api-gateways/shop/environments/dev/clients/${id}`
  const { apiKey } = (await platform.admin('POST', `${place}/regenerate-key`, {})).json as { apiKey: string }
  await shop.askUntil('dev', '/step', answer => answer.status === 401, { key })
  await shop.askUntil('dev', '/step', answer => answer.status === 200, { key: apiKey })
  await platform.admin('PATCH', place, { enabled: false })
  const { value: disabled } = await shop.askUntil('dev', '/step', answer => answer.status === 401, { key: apiKey })
  t.match(disabled.json, { code: 'api_key_disabled' })
})
