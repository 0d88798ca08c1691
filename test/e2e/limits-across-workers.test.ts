import t from 'tap'
import type { Answer } from '../support/http.ts'
import { startPlatform } from '../support/platform.ts'
import { descendants, survivors } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

const count = 100

t.test('the workers of one machine share an exact limit; a supervisor that is killed costs counts and no request', { timeout: 120_000 }, async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2' } })
  const shop = await openShop(platform)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  await shop.promote('staging')
  for (const environment of ['dev', 'staging']) await shop.configure(environment, { none: {}, 'limit-count': { count, windowSeconds: 3_600, by: 'environment' } })
  const send = async (environment: string): Promise<Answer[]> =>
    await Promise.all(Array.from({ length: 50 }, async () => await shop.ask(environment, '/hello')))
  /** In order. */
  const statuses = async (environment: string, times: number): Promise<number[]> => {
    const answers: Answer[] = []
    while (times-- > 0) answers.push(...await send(environment))
    return answers.map(({ status }) => status).sort((a, b) => a - b)
  }
  const exact = [...Array<number>(count).fill(200), ...Array<number>(200 - count).fill(429)]
  await until('all workers serve', async () => await platform.admin('PATCH', '/api-gateways/shop?wait=applied', { name: 'A shop' }), ({ headers }) => headers['x-imprun-applied'] === 'true')
  t.strictSame(await statuses('dev', 4), exact)

  const dataPlane = () => descendants(platform.pid).filter(({ command }) => command.includes('data-plane'))
  const supervisors = () => dataPlane().filter(({ command }) => command.includes('supervisor-process'))
  const before = dataPlane()
  const [supervisor] = supervisors()
  process.kill(supervisor!.pid, 'SIGKILL')
  await until('another supervisor', async () => {
    t.strictSame((await statuses('dev', 1)).filter(status => status !== 200 && status !== 429), [], 'counted by whoever is there')
    return supervisors()
  }, ([found]) => found !== undefined && found.pid !== supervisor!.pid)
  t.strictSame(await survivors(before, 1_500), [])
  t.strictSame(await statuses('staging', 4), exact, 'the workers of the next one share a limit as well')
})
