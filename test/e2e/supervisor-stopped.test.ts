import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { descendants } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'

t.setTimeout(120_000)

t.test('a supervisor that does nothing for a while holds no request, also where it counts for all workers', async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2' } })
  const shop = await openShop(platform)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  const { key } = await shop.addClient('dev', 'Mobile')
  await shop.configure('dev', { 'limit-count': { count: 1_000, windowSeconds: 3_600 } })
  await shop.askUntil('dev', '/hello', answer => answer.status === 200 && answer.headers.ratelimit !== undefined, { key })
  const supervisor = descendants(platform.pid).find(({ command }) => command.includes('supervisor-process'))!
  process.kill(supervisor.pid, 'SIGSTOP')
  t.teardown(() => process.kill(supervisor.pid, 'SIGCONT'))
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await shop.ask('dev', '/hello', { key })).status))
  t.strictSame(statuses, Array.from({ length: 20 }, () => 200))
})
