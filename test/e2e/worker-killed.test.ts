import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { descendants } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

t.test('an edge worker that is killed is replaced, and knows all that the others know', async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '1' } })
  const shop = await openShop(platform)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  const { key } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/hello', answer => answer.status === 200, { key })
  const workers = () => descendants(platform.pid).filter(({ command }) => command.includes('edge/worker.ts'))
  const [before] = workers()

  process.kill(before!.pid, 'SIGKILL')
  await until('another worker', workers, found => found.length === 1 && found[0]!.pid !== before!.pid)
  // Until it listens connections are refused, which is an error and no answer.
  const { value: answer } = await until('the new worker answers', async () => await shop.ask('dev', '/hello', { key }).catch((error: unknown) => error as NodeJS.ErrnoException), answer => 'status' in answer)
  t.match(answer, { status: 200, text: 'hello' })
})
