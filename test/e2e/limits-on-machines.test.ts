import { Agent } from 'undici'
import t, { type Test } from 'tap'
import { trafficClient, type Answer, type Traffic } from '../support/http.ts'
import { forkPlatform } from '../support/launch.ts'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { freePorts } from '../support/ports.ts'
import { redisMissing, startRedis, type RedisServer } from '../support/redis-server/start.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { until } from '../support/until.ts'

const skip = await redisMissing(t)
const password = 'correct-horse-battery'
const limit = { count: 60, windowSeconds: 3_600, by: 'environment' }

interface Machines {
  redis: RedisServer
  shop: Shop
  /** One request to each machine. */
  askAll: (environment: string) => Promise<Answer[]>
  output: () => string
}

/** A platform of two edge workers, and another data plane with one: three processes that count together. */
async function startMachines (t: Test): Promise<Machines> {
  const redis = await startRedis(t, { password })
  const env = {
    IMPRUN_DATA_PLANE_TOKEN: 'data-plane-token-of-the-tests', IMPRUN_SECRET_KEY: 'A'.repeat(43), REDIS_URL: redis.url,
    // What a busy machine keeps.
    IMPRUN_REDIS_TIMEOUT_MS: '2000'
  }
  const platform = await startPlatform(t, { env: { ...env, IMPRUN_WORKERS: '2' } })
  const [port] = await freePorts(1)
  const other = forkPlatform({
    dataDir: temporaryDirectory(t), args: ['data-plane'],
    env: { ...env, IMPRUN_CONTROL_URL: platform.controlUrl, IMPRUN_DATA_PORT: String(port), IMPRUN_WORKERS: '1', IMPRUN_SANDBOXES: '1' }
  })
  const dispatcher = new Agent()
  t.teardown(async () => {
    await dispatcher.destroy()
    other.child.kill('SIGTERM')
    await other.exited
  })
  await until('the other data plane serves', other.output, text => text.includes('imprun data plane: '), 3_000)
  const traffics: Traffic[] = [platform.traffic, trafficClient(`http://127.0.0.1:${port}`, dispatcher)]
  const shop = await openShop(platform)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  await shop.promote('staging')
  await shop.configure('dev', { none: {}, 'served-by': {}, 'limit-count': limit })
  await shop.configure('staging', { none: {}, 'limit-count': { ...limit, count: 100_000, failureMode: 'closed' } })
  const askAll = async (environment: string): Promise<Answer[]> =>
    await Promise.all(traffics.map(async traffic => await traffic(`shop-${environment}.api.localhost`, '/hello')))
  // Nothing that has a limit is served without it.
  await until('all machines serve', async () => await askAll('staging'), answers => answers.every(({ status, headers }) => status === 200 && headers.ratelimit !== undefined), 3_000)
  return { redis, shop, askAll, output: () => platform.output() + other.output() }
}

t.test('data planes on one Redis share an exact limit, and go on without it as each environment says', { skip, timeout: 180_000 }, async t => {
  const { redis, shop, askAll, output } = await startMachines(t)

  await redis.run('FLUSHALL')
  const answers = (await Promise.all(Array.from({ length: 50 }, async () => await askAll('dev')))).flat()
  t.equal(answers.filter(({ status }) => status === 200).length, limit.count)
  t.equal(answers.filter(({ status }) => status === 429).length, 100 - limit.count)

  // One that is not used up by what comes now.
  await shop.configure('dev', { 'limit-count': { ...limit, count: 100_000 } })
  await until('a larger limit', async () => (await Promise.all([1, 2, 3, 4, 5].map(async () => await askAll('dev')))).flat(), answers => answers.every(({ status }) => status === 200))

  for (const [fault, break_, mend] of [
    ['killed', redis.kill, redis.start],
    ['hanging', async () => redis.freeze(), async () => redis.thaw()]
  ] as const) {
    await break_()
    for (let i = 0; i < 10; i++) {
      for (const answer of await askAll('dev')) t.match(answer, { status: 200, headers: { 'x-imprun-limits': 'local' } }, `${fault}: open`)
      for (const answer of await askAll('staging')) t.match(answer, { status: 503, json: { code: 'limit_unavailable' } }, `${fault}: closed`)
    }
    await mend()
    const several = async (environment: string): Promise<Answer[]> => (await Promise.all(Array.from({ length: 10 }, async () => await askAll(environment)))).flat()
    await until('all count together again', async () => await several('dev'), answers => answers.every(({ headers }) => !('x-imprun-limits' in headers)))
    await until('nothing is refused any more', async () => await several('staging'), answers => answers.every(({ status }) => status === 200))
  }
  t.match(output(), /Redis cannot be used.*Redis can be used/s)
  t.notMatch(output(), password)
})
