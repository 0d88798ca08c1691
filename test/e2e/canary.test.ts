import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

const releases = '/api-gateways/shop/environments/prod/releases'
const canaryPath = '/api-gateways/shop/environments/prod/canary'
const always = { 'x-canary': 'always' }
const never = { 'x-canary': 'never' }

t.test('half of the clients meet a canary, each of them always, until all do', async t => {
  const platform = await startPlatform(t)
  const shop = await openShop(platform)
  await shop.configure('prod', { 'served-by': {} })
  await shop.save('version', '/version', 'export default () => ({ version: 1 })')
  await shop.promote('prod')
  const clients = await Promise.all(Array.from({ length: 200 }, async (_, n) => await shop.addClient('prod', `Client ${n}`)))
  const { key } = clients[0]!
  /** Release and version have the same number here. */
  const startCanary = async (number: number, weight: number): Promise<void> => {
    await shop.save('version', '/version', `export default () => ({ version: ${number} })`)
    t.match(await platform.admin('POST', releases, { from: 'dev', force: true, canary: { weight } }), { status: 201, json: { number, use: 'canary' } })
    await shop.askUntil('prod', '/version', ({ headers }) => headers['x-imprun-release'] === String(number), { key, headers: always })
  }
  /** The release that each client met, in their order. */
  const met = async (headers: Record<string, string> = {}): Promise<number[]> => await Promise.all(clients.map(async ({ key }) => {
    const { status, headers: answered, json } = await shop.ask('prod', '/version', { key, headers })
    const release = Number(answered['x-imprun-release'])
    if (status !== 200 || (json as { version: number }).version !== release) throw new Error(`${status} ${JSON.stringify(json)} came from release ${release}`)
    return release
  }))
  const share = (releases: number[]): number => releases.filter(release => release === 2).length

  await startCanary(2, 50)
  const half = await met()
  t.ok(share(half) > 60 && share(half) < 140, `${share(half)} of 200`)
  for (let round = 0; round < 3; round++) t.strictSame(await met(), half)
  t.equal(share(await met(always)), 200)
  t.equal(share(await met(never)), 0)

  t.match(await platform.admin('PATCH', canaryPath, { weight: 75 }), { status: 200 })
  const { value: more } = await until('more clients', met, now => share(now) > share(half))
  t.strictSame(half.filter((release, n) => release === 2 && more[n] !== 2), [], 'who was there stays')
  t.match(await platform.admin('PATCH', canaryPath, { weight: 100 }), { status: 200 })
  await until('all clients', met, now => share(now) === 200)
  t.match(await platform.admin('POST', `${canaryPath}/finish`), { status: 200, json: { canary: null, last: { release: 2, outcome: 'finished' } } })
  await until('no choice any more', async () => await met(never), now => share(now) === 200)

  await startCanary(3, 100)
  t.equal((await platform.admin('DELETE', canaryPath)).status, 204)
  await shop.askUntil('prod', '/version', ({ headers }) => headers['x-imprun-release'] === '2', { key, headers: always })
  t.equal(share(await met(always)), 200, 'one that is dropped is met by nobody')
})
