import t, { type Test } from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import { checkWhole } from '../support/whole-store.ts'
import type { Answer } from '../support/http.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import type { MongodbServer } from '../support/mongodb-server/server.ts'
import { startPlatform, type Platform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

// A busy machine takes its time for the processes that this starts.
t.setTimeout(180_000)

interface Fault {
  begin: (server: MongodbServer) => Promise<void> | void
  end: (server: MongodbServer) => Promise<void> | void
  /** Whether what is there can be read meanwhile. */
  reads: 200 | 503
}

const faults: Record<string, Fault> = {
  'read-only': { begin: ({ faults }) => { faults.readOnly = true }, end: ({ faults }) => { faults.readOnly = false }, reads: 200 },
  'in an election': { begin: server => server.stepDown(), end: server => server.stepUp(), reads: 503 },
  gone: { begin: async server => await server.refuseConnections(), end: async server => await server.acceptConnections(), reads: 503 },
  hanging: { begin: ({ faults }) => { faults.fail({ hangMs: Infinity }) }, end: ({ faults }) => faults.cureAll(), reads: 503 }
}

const server = await startMongodbServer(t, { fsync: false })
const url = server.databaseUrl()
const platform = await startPlatform(t, { env: { MONGODB_URL: url } })
const shop = await openShop(platform)
await shop.save('hello', '/hello/:name', 'export default ctx => ({ hello: ctx.params.name })')
const { key, id } = await shop.addClient('dev', 'Mobile')
await shop.askUntil('dev', '/hello/you', ({ status }) => status === 200, { key })

for (const [what, { begin, end, reads }] of Object.entries(faults)) {
  await t.test(`a database that is ${what}`, async t => {
    await begin(server)
    const serving = keepAsking()
    const started = performance.now()
    const [ready, health, written, read] = await Promise.all([
      platform.admin('GET', '//readyz'), platform.admin('GET', '//healthz'), Promise.all(writes(platform, what)), Promise.all(readings(platform))
    ])
    for (const answer of written) refused(t, answer)
    for (const answer of read) {
      if (reads === 200) t.equal(answer.status, 200)
      else refused(t, answer)
    }
    refused(t, ready)
    t.equal(health.status, 200)
    t.comment(`answered after ${Math.round(performance.now() - started)} ms`)
    const { served, others } = await serving.stop()
    t.ok(served > 0)
    t.strictSame(others, [], 'traffic is served all the while')

    await end(server)
    await until('it is ready again', async () => (await platform.admin('GET', '//readyz')).status, status => status === 200)
    await t.test('nothing is there by halves', async t => {
      const store = await openMongoStore({ url, clock: systemClock })
      t.teardown(async () => await store.close())
      await checkWhole(t, store)
    })
    const name = `After ${what}`
    const added = await shop.addClient('dev', name)
    await shop.askUntil('dev', '/hello/you', ({ status }) => status === 200, { key: added.key })
  })
}

function refused (t: Test, { status, headers, json, text }: Answer): void {
  t.equal(status, 503, text)
  t.match(headers, { 'content-type': 'application/problem+json', 'retry-after': /^\d+$/ })
  t.match(json, { code: 'store_unavailable' })
  t.notMatch(text, /mongo|127\.0\.0\.1/i, 'the answer does not say what is behind')
}

function writes ({ admin }: Platform, what: string): Array<Promise<Answer>> {
  const gateway = '/api-gateways/shop'
  const dev = `${gateway}/environments/dev`
  return [
    admin('POST', '/api-gateways', { id: 'other', name: 'Other' }),
    admin('PATCH', gateway, { description: what }),
    admin('POST', `${gateway}/environments`, { name: 'beta' }),
    admin('PATCH', dev, { config: { plugins: { cors: { allowOrigins: ['*'] } } } }),
    admin('POST', `${dev}/clients`, { name: what }),
    admin('POST', `${dev}/clients/${id}/regenerate-key`, {}),
    admin('PUT', `${dev}/variables/WHAT`, { value: what }),
    admin('PUT', `${gateway}/functions/what`, { methods: ['GET'], path: '/what', source: 'export default () => "what"' }),
    admin('POST', `${gateway}/environments/prod/releases`, { from: 'dev', force: true }),
    admin('DELETE', gateway)
  ]
}

function readings ({ admin }: Platform): Array<Promise<Answer>> {
  return ['', '/shop', '/shop/environments', '/shop/environments/dev/clients', '/shop/functions', '/shop/environments/dev/releases']
    .map(async path => await admin('GET', `/api-gateways${path}`))
}

/** Traffic, one request after the other. */
function keepAsking (): { stop: () => Promise<{ served: number, others: Answer[] }> } {
  const stopping = new AbortController()
  const asking = (async () => {
    let served = 0
    const others: Answer[] = []
    while (!stopping.signal.aborted) {
      const answer = await shop.ask('dev', '/hello/you', { key })
      if (answer.status === 200 && answer.text === '{"hello":"you"}') served++
      else others.push(answer)
      const stranger = await shop.ask('dev', '/hello/you', { key: `${key.slice(0, -1)}x` })
      if (stranger.status !== 401) others.push(stranger)
    }
    return { served, others }
  })()
  return {
    stop: async () => {
      stopping.abort()
      return await asking
    }
  }
}
