import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { descendants, survivors } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'

const source = `let running = 0
export default async function (ctx) {
  if (ctx.params.what === 'count') return { running }
  running++
  await new Promise(resolve => setTimeout(resolve, 1_000))
  return 'done'
}`

t.test('SIGTERM lets a request in flight be answered, then ends every process', async t => {
  const platform = await startPlatform(t)
  const shop = await openShop(platform)
  await shop.save('slow', '/slow/:what', source)
  const { key } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/slow/count', answer => answer.status === 200, { key })
  const below = descendants(platform.pid)
  t.ok(below.length >= 4, `two planes, a worker and a sandbox: ${below.map(({ command }) => command).join(' | ')}`)

  const inFlight = shop.ask('dev', '/slow/work', { key })
  await shop.askUntil('dev', '/slow/count', answer => (answer.json as { running: number }).running === 1, { key })
  process.kill(platform.pid, 'SIGTERM')
  t.match(await inFlight, { status: 200, text: 'done' })
  t.strictSame(await platform.exited, { code: 0, signal: null })
  t.strictSame(await survivors(below), [])
})

t.test('so does SIGINT', async t => {
  const platform = await startPlatform(t)
  const below = descendants(platform.pid)
  process.kill(platform.pid, 'SIGINT')
  t.strictSame(await platform.exited, { code: 0, signal: null })
  t.strictSame(await survivors(below), [])
})
