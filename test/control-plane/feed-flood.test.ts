import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { followFeed } from '../../data-plane/feed/client.ts'
import { dataPlaneToken, startControlPlane } from '../support/control-plane.ts'
import type { FeedMessage } from '#shared/feed.ts'
import { createQueue } from '../support/queue.ts'
import { openFeed } from '../support/feed-reader.ts'
import { openTestReplica, silent } from '../support/replica.ts'
import { createGateway, ref, variable } from '../contract/documents.ts'
import type { StoreWrite } from '../../control-plane/store/store.ts'

const changes = 10_000
/** Some with a replica; of the others it is enough to see what they are sent. */
const replicas = 2
const others = 8
const dataPlanes = replicas + others
const variables = 50
/** Commits: a disk keeps so many a second, and no more. */
const writesOfEach = 10
const commits = changes / writesOfEach

t.test(`${changes} changes in a burst reach ${dataPlanes} data planes in few readings of the store, and each ends with what it holds`, { timeout: 55_000 }, async t => {
  let reads = 0
  const { store, url } = await startControlPlane(t, { wrapStore: store => ({ ...store, readFeed: reader => { reads++; return store.readFeed(reader) } }) })
  await createGateway(store, 'shop')
  const planes = Array.from({ length: replicas }, () => {
    const { writer, reader } = openTestReplica(t)
    const commits = createQueue<number>()
    const feed = followFeed({
      controlUrl: url, token: () => dataPlaneToken, environments: null, writer, onDamage: error => { throw error }, onChange: ({ revision }) => commits.push(revision), onInvoke: () => {}, logger: silent
    })
    t.teardown(feed.close)
    return { reader, commits }
  })
  for (const { commits } of planes) await commits.next()
  const isAt = (revision: number) => (message: FeedMessage): boolean => message.type === 'commit' && message.revision >= revision
  const feeds = await Promise.all(Array.from({ length: others }, async () => await openFeed(t, url)))
  for (const feed of feeds) await feed.until(isAt(1))
  const followed = feeds.map(async feed => await feed.until(isAt(commits + 1)))
  reads = 0

  const revisions = new Map<string, number>()
  const expected: Record<string, string> = {}
  const write = (n: number): StoreWrite => {
    const name = `V${n % variables}`
    expected[name] = String(n)
    return { write: 'putVariable', with: [ref('shop', 'dev'), variable(name, expected[name]), revisions.get(name) ?? null] }
  }
  for (let n = 0; n < changes; n += writesOfEach) {
    const writes = Array.from({ length: writesOfEach }, (_, each) => write(n + each))
    const revision = await store.writeTogether(writes)
    for (const { with: [, { name }] } of writes as Array<Extract<StoreWrite, { write: 'putVariable' }>>) revisions.set(name, revision)
    // As requests do, which come one after the other.
    await setImmediate()
  }
  const head = await store.revision()
  for (const { reader, commits } of planes) {
    while (await commits.next() < head) { /* the last one comes */ }
    t.strictSame(reader.getEnvironment('shop', 'dev')?.variables, expected)
  }
  t.equal(head, commits + 1)
  t.ok(reads < commits, `${reads} readings for ${changes} changes and ${dataPlanes} data planes`)
  for (const messages of await Promise.all(followed)) {
    t.match(messages.findLast(({ type }) => type === 'environment'), { value: { variables: expected } })
    t.ok(messages.filter(({ type }) => type === 'commit').length < commits)
  }
})
