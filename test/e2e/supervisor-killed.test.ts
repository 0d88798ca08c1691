import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { descendants, survivors } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'
import { startLoad } from '../support/steady-load.ts'
import { until } from '../support/until.ts'

t.test('no request fails while the supervisor is killed, and another one takes over', async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2' } })
  const shop = await openShop(platform)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  const { key, id } = await shop.addClient('dev', 'Mobile')
  const other = await shop.addClient('dev', 'Watch')
  await shop.askUntil('dev', '/hello', answer => answer.status === 200, { key: other.key })
  const dataPlane = () => descendants(platform.pid).filter(({ command }) => command.includes('data-plane'))
  const supervisors = () => dataPlane().filter(({ command }) => command.includes('supervisor-process'))
  const before = dataPlane()
  const [supervisor] = supervisors()
  const load = startLoad(t, { url: `${platform.dataUrl}/hello`, headers: { host: 'shop-dev.api.localhost', 'x-api-key': other.key } })
  await load.progress(200)

  process.kill(supervisor!.pid, 'SIGKILL')
  await until('another supervisor', supervisors, ([found]) => found !== undefined && found.pid !== supervisor!.pid)
  await load.progress(200)
  t.strictSame(await survivors(before, 1_500), [], 'the workers and the sandboxes of the one that was killed have ended')
  await load.progress(200)
  const { answered, failures } = await load.stop()
  t.strictSame(failures, [], `none of ${answered} requests failed`)
  t.match(await platform.admin('PATCH', `/api-gateways/shop/environments/dev/clients/${id}`, { enabled: false }), { status: 200 })
  await shop.askUntil('dev', '/hello', answer => answer.status === 401, { key })
})
