import { randomInt } from 'node:crypto'
import t, { type Test } from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import { ref } from '../contract/documents.ts'
import { loadClients, replay, type Load } from '../support/client-load.ts'
import type { Admin, Traffic } from '../support/http.ts'
import { changesOf, checkLoad } from '../support/load-result.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { startControlPlaneApart, startDataPlaneApart } from '../support/planes-apart.ts'
import { openShop } from '../support/shop.ts'
import { openSwitch, type FeedConnection } from '../support/switch.ts'
import { until } from '../support/until.ts'

const host = 'shop-dev.api.localhost'
const clients = '/api-gateways/shop/environments/dev/clients'
const kills = 2
t.setTimeout(120_000)

t.test('two control planes on one database, each with a data plane; one is killed among writes, again and again', async t => {
  const server = await startMongodbServer(t, { fsync: false })
  const url = server.databaseUrl()
  let mortal = await startControlPlaneApart(t, url)
  const other = await startControlPlaneApart(t, url)
  const address = await openSwitch(t, mortal.url)
  const feedOfOther = await openSwitch(t, other.url)
  const [first, second] = await Promise.all([startDataPlaneApart(t, address.url), startDataPlaneApart(t, feedOfOther.url)])
  const onBoth = async (what: string, key: string, status: number): Promise<void> => {
    for (const traffic of [first, second]) await until(what, async () => (await traffic(host, '/hello', { key })).status, found => found === status)
  }

  await t.test('a write on either reaches both data planes', async t => {
    await (await openShop({ admin: mortal.admin, traffic: first })).save('hello', '/hello', 'export default () => "hello"')
    for (const [made, revoked] of [[mortal, other], [other, mortal]] as const) {
      const { id, apiKey } = (await made.admin('POST', clients, { name: 'Mobile' })).json as { id: string, apiKey: string }
      await onBoth('the key is let in', apiKey, 200)
      t.equal((await revoked.admin('DELETE', `${clients}/${id}`)).status, 204)
      await onBoth('the key is dead', apiKey, 401)
    }
  })

  const store = await openMongoStore({ url, clock: systemClock })
  t.teardown(async () => await store.close())
  const before = await store.revision()
  const seed = Math.floor(Math.random() * 2 ** 31)
  const onMortal: Admin = async (...args) => await mortal.admin(...args)
  const admins = [onMortal, other.admin, onMortal, other.admin, onMortal, other.admin, onMortal, other.admin]
  const stopping = new AbortController()
  const loading = loadClients({ admins, path: clients, operations: Infinity, seed, signal: stopping.signal })
  const someWrites = async (): Promise<void> => {
    const enough = await store.revision() + randomInt(10, 40)
    await until('there are some writes', async () => await store.revision(), revision => revision >= enough, 3_000)
  }
  for (let round = 1; round <= kills; round++) {
    await someWrites()
    const killed = mortal
    await killed.kill()
    mortal = other
    address.to(other.url)
    await someWrites()
    mortal = await startControlPlaneApart(t, url)
    address.to(mortal.url)
  }
  await someWrites()
  stopping.abort()
  const load = await loading
  const { ids, names } = load.unknown
  t.comment(`${load.acknowledged.size} acknowledged, ${ids.size + names.size} lost on the way, ${load.refused} refused, seed ${seed}`)

  await t.test('nothing that was acknowledged is lost', async t => { await checkLoad(t, store, ref('shop', 'dev'), load) })
  const head = await store.revision()
  t.strictSame(await changesOf(url), Array.from({ length: head }, (_, index) => index + 1), 'revisions have no gaps')
  const unheard = head - before - load.acknowledged.size
  t.ok(unheard >= 0 && unheard <= load.unknownWrites, `${unheard} writes are there of which nobody heard`)

  await t.test('both data planes serve what is there', async t => { await checkTraffic(t, other.admin, [first, second], load) })
  for (const { feeds } of [address, feedOfOther]) checkFeeds(t, feeds())
  t.ok(address.feeds().length > kills, 'its data plane has gone on elsewhere')
})

/** A write that comes after all others has to arrive; then all that was before it is there. */
async function checkTraffic (t: Test, admin: Admin, planes: Traffic[], load: Load): Promise<void> {
  const { apiKey: last } = (await admin('POST', clients, { name: 'The last one' })).json as { apiKey: string }
  const model = replay(load)
  const current = new Map([...model].filter(([id]) => !load.unknown.ids.has(id)).map(([, { fields, apiKey }]) => [apiKey, fields.enabled === true ? 200 : 401]))
  const dead = [...load.acknowledged.values()].flatMap(done => 'apiKey' in done && !load.unknown.ids.has(done.id) && !current.has(done.apiKey) ? [done.apiKey] : [])
  for (const traffic of planes) {
    const statusOf = async (key: string): Promise<number> => (await traffic(host, '/hello', { key })).status
    await until('the last write is there', async () => await statusOf(last), status => status === 200)
    const found = new Map<string, number>()
    for (const key of current.keys()) found.set(key, await statusOf(key))
    t.strictSame(found, current, 'keys are let in, unless their client is disabled')
    t.ok((await Promise.all(dead.map(statusOf))).every(status => status === 401), `${dead.length} keys that were replaced or removed are dead`)
  }
}

/** Each connection goes on from what the reader held, and tells of revisions in their order. */
function checkFeeds (t: Test, feeds: FeedConnection[]): void {
  let held = 0
  for (const [index, { store, after, commits }] of feeds.entries()) {
    if (index > 0) t.ok(store !== null && after > 0, 'the data plane says what it holds, and need not begin anew')
    t.ok(after >= held, 'what it holds is never less than before')
    // What holds nothing is sent a snapshot, also of an empty store.
    t.ok(commits.every((revision, place) => revision > (commits[place - 1] ?? (store === null ? -1 : after))), `from ${after} on, in order`)
    held = after
  }
}
