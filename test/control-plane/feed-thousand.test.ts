import { hash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import t from 'tap'
import { Agent, request } from 'undici'
import { line } from '../../control-plane/feed/batch.ts'
import { compress } from '../../control-plane/feed/encoding.ts'
import type { FeedReader, Store, StoreWrite } from '../../control-plane/store/store.ts'
import { client, gateway, environment, keyHash, pipeline, ref } from '../contract/documents.ts'
import { dataPlaneToken, startControlPlane } from '../support/control-plane.ts'

const dataPlanes = 1_000
const gateways = 250
const clientsOfEach = 5

async function fill (store: Store): Promise<void> {
  const writes = Array.from({ length: gateways }, (_, n): StoreWrite[] => {
    const id = `shop${n}`
    const make: StoreWrite = { write: 'createGateway', with: [gateway(id), pipeline.map(name => environment(id, name))] }
    return [make, ...['dev', 'prod'].flatMap(name => Array.from({ length: clientsOfEach }, (_, each): StoreWrite =>
      ({ write: 'addClient', with: [ref(id, name), client(`c${each}`, { keyHash: keyHash(`${id} ${name} ${each}`) })] })))]
  })
  await store.writeTogether(writes.flat())
}

interface Counts { snapshots: number, changes: number }

function counted (store: Store, counts: Counts): Store {
  return {
    ...store,
    readFeed: reader => {
      counts[reader.store === null ? 'snapshots' : 'changes']++
      return store.readFeed(reader)
    }
  }
}

async function stateOf (store: Store, environments: FeedReader['environments']): Promise<string> {
  const messages = await Array.fromAsync(store.readFeed({ store: null, after: 0, environments }))
  return messages.map(line).join('')
}

t.test(`${dataPlanes} data planes that come at once are few readings of the store, and each gets all`, { timeout: 55_000 }, async t => {
  const counts: Counts = { snapshots: 0, changes: 0 }
  // Without heartbeats, all who lack the same are sent the same bytes.
  const { store, url, admin } = await startControlPlane(t, { wrapStore: store => counted(store, counts), feedHeartbeatMs: 600_000 })
  await fill(store)
  const end = await compress(line({ type: 'commit', revision: await store.revision() }))
  const agent = new Agent({ pipelining: 1 })
  t.teardown(async () => await agent.destroy())

  /** Resolves with what has come, when all has. One whom the system refuses, since there are too many at once, comes again. */
  const follow = async (query: string): Promise<Buffer> => {
    for (;;) {
      const answer = await request(`${url}/v1/feed${query}`, { dispatcher: agent, headers: { authorization: `Bearer ${dataPlaneToken}`, 'accept-encoding': 'zstd' } }).catch(codeOf)
      if (answer === 'ECONNRESET') continue
      if (typeof answer === 'string' || answer.statusCode !== 200) throw new Error(`The feed answered ${typeof answer === 'string' ? answer : answer.statusCode}`)
      let received = Buffer.alloc(0)
      for await (const chunk of answer.body) {
        received = Buffer.concat([received, chunk as Buffer])
        if (received.subarray(-end.length).equals(end)) return received
      }
      throw new Error('The feed has ended')
    }
  }
  /** Of so many, all of which are the same but for the first, only that one is kept. */
  const followAll = async (count: number, query: string): Promise<{ state: string, states: number }> => {
    const received = await Promise.all(Array.from({ length: count }, async (_, n) => {
      const bytes = await follow(query)
      return { digest: hash('sha256', bytes), bytes: n === 0 ? bytes : null }
    }))
    return { state: zstdDecompressSync(received[0]!.bytes!).toString(), states: new Set(received.map(({ digest }) => digest)).size }
  }
  const everything = Promise.all([followAll(dataPlanes * 0.9, ''), followAll(dataPlanes * 0.1, '?environments=dev')])
  const answers = await Promise.all(Array.from({ length: 20 }, async () => (await admin('GET', '/api-gateways?limit=1')).status))
  t.strictSame(new Set(answers), new Set([200]), 'the admin API answers meanwhile')
  const [all, dev] = await everything
  t.match([all, dev], [{ states: 1 }, { states: 1 }])
  t.ok(all.state === await stateOf(store, null), 'the state of all')
  t.ok(dev.state === await stateOf(store, ['dev']), 'the state of some environments')
  t.ok(counts.snapshots <= 4, `${counts.snapshots} snapshots were read`)
  t.equal(counts.changes, 0)
})

function codeOf (error: unknown): string {
  return String((error as NodeJS.ErrnoException).code)
}
