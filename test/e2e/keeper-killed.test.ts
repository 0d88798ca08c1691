import t from 'tap'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { processesWith, survivors, type ProcessEntry } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'
import { startLoad } from '../support/steady-load.ts'
import { until } from '../support/until.ts'
import { freePorts } from '../support/ports.ts'

t.setTimeout(180_000)

const env = { IMPRUN_ORPHAN_SECONDS: '60', IMPRUN_WORKERS: '2', IMPRUN_ADMIN_TOKEN: 'admin-token-of-the-tests' }

t.test('no request fails while the keeper is killed, and whoever is started next takes the data plane over', async t => {
  const dataDir = temporaryDirectory(t)
  const [control, data] = await freePorts(2)
  const settings = { dataDir, env: { ...env, IMPRUN_CONTROL_PORT: String(control), IMPRUN_DATA_PORT: String(data) } }
  const all = (): ProcessEntry[] => processesWith('IMPRUN_DATA_DIR', dataDir).filter(({ command }) => command.includes('data-plane/'))
  const keepers = (): ProcessEntry[] => all().filter(({ command }) => command.includes('keeper-process'))
  const first = await startPlatform(t, settings)
  const shop = await openShop(first)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  const { key, id } = await shop.addClient('dev', 'Mobile')
  const other = await shop.addClient('dev', 'Watch')
  await shop.askUntil('dev', '/hello', answer => answer.status === 200, { key: other.key })
  const load = startLoad(t, { url: `${first.dataUrl}/hello`, headers: { host: 'shop-dev.api.localhost', 'x-api-key': other.key } })
  await load.progress(200)

  const before = all()
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  await load.progress(200)
  const second = await startPlatform(t, settings)
  t.strictSame(await survivors(before, 1_500), [], 'every process is of the new program')
  await load.progress(200)
  t.match(await second.admin('PATCH', `/api-gateways/shop/environments/dev/clients/${id}`, { enabled: false }), { status: 200 })
  await shop.askUntil('dev', '/hello', answer => answer.status === 401, { key })

  const [keeper] = keepers()
  process.kill(keeper!.pid, 'SIGKILL')
  await until('another keeper', keepers, ([found]) => found !== undefined && found.pid !== keeper!.pid)
  await load.progress(200)

  const { answered, failures } = await load.stop()
  t.strictSame(failures, [], `none of ${answered} requests failed`)
  const last = all()
  t.match(await second.close(), { code: 0 })
  t.strictSame(await survivors(last), [], 'and whoever has taken over ends it')
})

t.test('nobody is left behind when nobody comes', async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_ORPHAN_SECONDS: '1' } })
  const below = processesWith('IMPRUN_DATA_DIR', platform.dataDir)
  process.kill(platform.pid, 'SIGKILL')
  await platform.exited
  t.strictSame(await survivors(below, 1_500), [])
})
