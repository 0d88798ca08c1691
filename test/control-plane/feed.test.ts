import t from 'tap'
import { dataPlaneToken, adminToken, startControlPlane } from '../support/control-plane.ts'
import { openFeed, readFeed } from '../support/feed-reader.ts'
import type { FeedMessage } from '#shared/feed.ts'
import { StoreError } from '../../control-plane/store/store.ts'

const isCommit = ({ type }: FeedMessage): boolean => type === 'commit'
const types = (messages: FeedMessage[]): string[] => messages.map(({ type }) => type)

t.test('a new reader gets everything, then each change as it is committed', async t => {
  const { admin, url, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const feed = await openFeed(t, url)
  const snapshot = await feed.until(isCommit)
  t.strictSame(types(snapshot), ['begin', 'gateway', 'environment', 'environment', 'environment', 'commit'])
  t.match(snapshot[0], { store: store.id, snapshot: true })
  t.match(snapshot.at(-1), { revision: 1 })

  await admin('PUT', '/api-gateways/shop/functions/f', { methods: ['GET'], path: '/', source: 'export default () => 1' })
  const change = await feed.until(isCommit)
  t.strictSame(types(change), ['begin', 'function-version', 'environment', 'commit'])
  t.match(change[0], { snapshot: false })
  t.match(change.at(-1), { revision: 2 })
})

t.test('a reader resumes where it was, and is told at once where nothing is new', async t => {
  const { admin, url, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('POST', '/api-gateways', { id: 'bank', name: 'Bank' })
  const messages = await readFeed(t, url, { query: `?store=${store.id}&after=1`, until: isCommit })
  t.match(messages[0], { snapshot: false })
  t.strictSame(messages.filter(({ type }) => type === 'gateway').map(message => (message as { gatewayId: string }).gatewayId), ['bank'])
  t.match(await readFeed(t, url, { query: `?store=${store.id}&after=2`, until: () => true }), [{ type: 'heartbeat', revision: 2 }])
  t.match(await readFeed(t, url, { query: '?store=another&after=2', until: isCommit }), [{ type: 'begin', snapshot: true }])
})

t.test('a reader hears a heartbeat while nothing happens, and changes after it', async t => {
  const { admin, url } = await startControlPlane(t, { feedHeartbeatMs: 20 })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const feed = await openFeed(t, url)
  await feed.until(isCommit)
  t.strictSame(await feed.until(({ type }) => type === 'heartbeat'), [{ type: 'heartbeat', revision: 1 }])
  await admin('DELETE', '/api-gateways/shop')
  const change = await feed.until(isCommit)
  t.match(change.find(({ type }) => type === 'gateway'), { gatewayId: 'shop', value: null })
})

t.test('a reader sees the environments that it names and nothing of the others', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const name of ['dev', 'staging', 'prod']) {
    await admin('POST', `/api-gateways/shop/environments/${name}/clients`, { name: `Client of ${name}` })
    await admin('PUT', `/api-gateways/shop/environments/${name}/variables/SECRET`, { value: `value of ${name}` })
  }
  const text = JSON.stringify(await readFeed(t, url, { query: '?environments=dev,staging', until: isCommit }))
  t.ok(text.includes('Client of dev') && text.includes('value of staging'))
  t.notOk(text.includes('of prod'))
})

t.test('it wants the data-plane token: another one, the admin\'s or none is refused', async t => {
  const { url, admin } = await startControlPlane(t)
  for (const authorization of [undefined, 'Bearer wrong', `Bearer ${adminToken}`, `Basic ${dataPlaneToken}`, `Bearer ${dataPlaneToken}x`]) {
    const answer = await fetch(`${url}/v1/feed`, { headers: { ...(authorization !== undefined && { authorization }) } })
    t.equal(answer.status, 401)
    t.match(answer.headers.get('www-authenticate'), /^Bearer /)
    t.match(await answer.json(), { code: 'unauthorized' })
  }
  t.equal((await fetch(`${url}/v1/api-gateways`, { headers: { authorization: `Bearer ${dataPlaneToken}` } })).status, 401)
  t.equal((await admin('GET', '/api-gateways')).status, 200)
})

t.test('a query that makes no sense is refused', async t => {
  const { url } = await startControlPlane(t)
  for (const query of ['after=-1', 'after=x', 'environments=', 'environments=Dev', 'environments=dev,', 'other=1', `store=${'x'.repeat(101)}`]) {
    const answer = await fetch(`${url}/v1/feed?${query}`, { headers: { authorization: `Bearer ${dataPlaneToken}` } })
    t.equal(answer.status, 400, query)
    t.match(await answer.json(), { code: 'validation_failed' })
  }
})

t.test('a store that fails is told before the stream has begun, and ends it afterwards', async t => {
  let fails = true
  const { url, admin } = await startControlPlane(t, {
    wrapStore: store => ({
      ...store,
      readFeed: reader => {
        if (fails) throw new StoreError('unavailable', 'secret text')
        return store.readFeed(reader)
      }
    })
  })
  const refused = await fetch(`${url}/v1/feed`, { headers: { authorization: `Bearer ${dataPlaneToken}` } })
  t.equal(refused.status, 503)
  t.match(await refused.json(), { code: 'store_unavailable' })
  fails = false
  const feed = await openFeed(t, url)
  await feed.until(isCommit)
  fails = true
  const end = feed.end()
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await t.rejects(end)
})

t.test('closing ends the streams', async t => {
  const { admin, url, app } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const feed = await openFeed(t, url)
  await feed.until(isCommit)
  const end = feed.end()
  await app.close()
  t.strictSame(await end, [])
})

t.test('a reader that leaves is forgotten', async t => {
  const left = Promise.withResolvers<void>()
  let listeners = 0
  const { url } = await startControlPlane(t, {
    wrapStore: store => ({
      ...store,
      onCommit: listener => {
        const stop = store.onCommit(listener)
        listeners++
        return () => {
          stop()
          if (--listeners === 0) left.resolve()
        }
      }
    })
  })
  const feed = await openFeed(t, url)
  await feed.until(isCommit)
  t.equal(listeners, 1)
  feed.close()
  await left.promise
  t.equal(listeners, 0)
})
