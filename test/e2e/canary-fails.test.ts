import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

const releases = '/api-gateways/shop/environments/prod/releases'
const canaryPath = '/api-gateways/shop/environments/prod/canary'

t.test('a canary that fails is dropped by itself, and what is served beside it never fails', async t => {
  const platform = await startPlatform(t)
  const shop = await openShop(platform)
  await shop.configure('prod', { 'served-by': {} })
  await shop.save('work', '/work', 'export default () => ({ works: true })')
  await shop.promote('prod')
  await shop.save('work', '/work', 'export default () => { throw new Error("It does not.") }')
  const keys = await Promise.all(Array.from({ length: 20 }, async (_, n) => (await shop.addClient('prod', `Client ${n}`)).key))
  for (const key of keys) await shop.askUntil('prod', '/work', ({ status }) => status === 200, { key })

  const answers: Array<{ status: number, release: unknown }> = []
  const ask = async (key: string): Promise<void> => {
    const { status, headers } = await shop.ask('prod', '/work', { key })
    answers.push({ status, release: headers['x-imprun-release'] })
  }
  const end = new AbortController()
  t.teardown(() => end.abort())
  const load = (async () => {
    for (let n = 0; !end.signal.aborted; n++) await ask(keys[n % keys.length]!)
  })()
  t.match(await platform.admin('POST', releases, { from: 'dev', force: true, canary: { weight: 50, maxErrorShare: 0.1, minRequests: 10, windowSeconds: 10 } }), { status: 201 })
  const { value: { json } } = await until('the drop', async () => await platform.admin('GET', canaryPath), ({ json }) => (json as { canary: unknown }).canary === null)
  t.match(json, { last: { release: 2, outcome: 'failed', reason: /5xx/ } })
  await shop.askUntil('prod', '/work', ({ headers }) => headers['x-imprun-release'] === '1', { key: keys[0]!, headers: { 'x-canary': 'always' } })
  end.abort()
  await load

  t.ok(answers.some(({ release }) => release === '2'), 'it was met')
  t.strictSame(answers.filter(({ status, release }) => (release === '2') !== (status === 500) || (release === '1' && status !== 200)), [])
  answers.length = 0
  for (const key of keys) await ask(key)
  t.strictSame(answers, keys.map(() => ({ status: 200, release: '1' })))
})
