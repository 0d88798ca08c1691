import t from 'tap'
import { temporaryDirectory, startPlatform } from '../support/platform.ts'
import { descendants, killAll, survivors } from '../support/processes.ts'
import { openShop, shopOf } from '../support/shop.ts'
import { until } from '../support/until.ts'

t.test('what was used of quotas survives everything being killed, a new key, and is the owner\'s to see and to begin anew', { timeout: 180_000 }, async t => {
  const dataDir = temporaryDirectory(t)
  const first = await startPlatform(t, { dataDir, env: { IMPRUN_WORKERS: '2' } })
  const shop = await openShop(first)
  await shop.save('hello', '/hello', 'export default () => new Response("hello", { headers: { "x-imprun-cost": "10" } })')
  await shop.configure('dev', { quota: { quotas: [{ count: 1_000, period: 'week' }, { count: 5_000, period: 'month' }] } })
  const { id, key } = await shop.addClient('dev', 'Mobile')
  const quotas = `/api-gateways/shop/environments/dev/clients/${id}/quotas`
  await shop.askUntil('dev', '/hello', ({ status }) => status === 200, { key })
  for (let i = 0; i < 9; i++) await shop.ask('dev', '/hello', { key })
  /** The same of both, once the control plane has been told. */
  const used = async ({ admin } = first): Promise<number[]> => ((await admin('GET', quotas)).json as { items: Array<{ used: number }> }).items.map(item => item.used)
  await until('the control plane has been told', used, ([week, month]) => week === 100 && month === 100, 3_000)

  const processes = descendants(first.pid)
  killAll([...processes, first])
  t.strictSame(await survivors(processes, 5_000), [])

  const second = await startPlatform(t, { dataDir, env: { IMPRUN_WORKERS: '2' } })
  const again = shopOf(second)
  const { apiKey } = (await second.admin('POST', `/api-gateways/shop/environments/dev/clients/${id}/regenerate-key?wait=applied`, {})).json as { apiKey: string }
  const { value } = await again.askUntil('dev', '/hello', ({ status }) => status === 200, { key: apiKey })
  t.match(value.headers.ratelimit, '"quota-week";r=890;')
  t.match(value.headers, { 'x-imprun-cost': undefined })

  const reset = await second.admin('POST', `${quotas}/reset?wait=applied`)
  t.match(reset, { status: 204, headers: { 'x-imprun-applied': 'true' } })
  t.match((await again.ask('dev', '/hello', { key: apiKey })).headers.ratelimit, '"quota-week";r=990;')
  await until('the control plane has been told', async () => await used(second), ([week, month]) => week === 10 && month === 10, 3_000)
})
