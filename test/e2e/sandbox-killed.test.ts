import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { descendants, killAll, sandboxesOf } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'

const source = `let running = 0
export default async function (ctx) {
  if (ctx.params.what === 'count') return { running }
  running++
  await new Promise(resolve => setTimeout(resolve, 9_000))
}`

t.test('a call runs once more when its sandbox is killed, fails when that happens again, and the edge goes on', async t => {
  const platform = await startPlatform(t)
  const shop = await openShop(platform)
  await shop.save('work', '/task/:what', source)
  const { key } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/task/count', answer => answer.status === 200, { key })
  const processes = (part: string) => descendants(platform.pid).filter(({ command }) => command.includes(part))
  const workers = processes('edge/worker.ts').map(({ pid }) => pid)
  const sandboxes = sandboxesOf(platform.pid)
  t.ok(workers.length > 0 && sandboxes.length > 0, 'both are processes of their own')

  const inFlight = shop.ask('dev', '/task/long', { key })
  const begun = async (): Promise<unknown> => await shop.askUntil('dev', '/task/count', answer => (answer.json as { running?: number } | undefined)?.running === 1, { key })
  await begun()
  killAll(sandboxes)
  await begun()
  killAll(sandboxesOf(platform.pid))
  const lost = await inFlight
  t.equal(lost.status, 503)
  t.match(lost.json, { code: 'sandbox_lost' })

  const { value: next } = await shop.askUntil('dev', '/task/count', answer => answer.status === 200, { key })
  t.strictSame(next.json, { running: 0 }, 'a new sandbox answers')
  t.strictSame(processes('edge/worker.ts').map(({ pid }) => pid), workers, 'the edge workers are the same')
  t.ok(sandboxesOf(platform.pid).every(({ pid }) => !sandboxes.some(old => old.pid === pid)))
})
