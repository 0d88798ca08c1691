import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import type { Admin } from '../support/http.ts'

const gateway = '/api-gateways/shop'
const staging = `${gateway}/environments/staging`

async function tagOf (admin: Admin, path: string): Promise<string> {
  return String((await admin('GET', path)).headers.etag)
}

/** Staging serves the first of three versions of a function. */
async function prepare (admin: Admin): Promise<void> {
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const value of [1, 2, 3]) await admin('PUT', `${gateway}/functions/f`, { methods: ['GET'], path: '/', source: `export default () => ${value}` })
  await admin('POST', `${staging}/releases`, { functions: { f: 1 }, note: 'One' })
}

t.test('who has not seen the release that is served is told which one it is', async t => {
  const { admin, store } = await startControlPlane(t)
  await prepare(admin)
  const seen = [await tagOf(admin, staging), await tagOf(admin, `${staging}/releases/1`)]
  await admin('POST', `${staging}/releases`, { functions: { f: 2 }, note: 'Two' })
  const before = await store.revision()
  const { etag } = (await admin('GET', staging)).headers
  for (const tag of seen) {
    for (const [path, body] of [['releases', { functions: { f: 3 } }], ['releases', { functions: { f: 3 }, dryRun: true }], ['rollback', {}]] as const) {
      t.match(await admin('POST', `${staging}/${path}`, body, { 'if-match': tag }), {
        status: 412,
        headers: { etag },
        json: {
          code: 'precondition_failed',
          detail: 'staging serves release 2 by admin, and not release 1, which you have seen.',
          current: { release: 2, author: 'admin', note: 'Two', createdAt: '2030-01-01T00:00:00.000Z' },
          yours: { release: 1, author: 'admin', note: 'One' }
        }
      })
    }
  }
  t.equal(await store.revision(), before)
})

t.test('the tag of the release that is served holds, whatever else of the environment has changed', async t => {
  const { admin } = await startControlPlane(t)
  await prepare(admin)
  const [environment, release] = [await tagOf(admin, staging), await tagOf(admin, `${staging}/releases/1`)]
  await admin('PATCH', staging, { config: { plugins: { cors: { allowOrigins: ['*'] } } } })
  t.match(await admin('POST', `${staging}/releases`, { functions: { f: 2 } }, { 'if-match': environment }), { status: 412, json: { detail: /^It is at "\d+-r1" now/ } })
  const made = await admin('POST', `${staging}/releases`, { functions: { f: 2 } }, { 'if-match': release })
  t.match(made, { status: 201, headers: { location: `/v1${staging}/releases/2` } })
  t.equal((await admin('POST', `${staging}/rollback`, {}, { 'if-match': String(made.headers.etag) })).status, 201, 'and so does that of a release that was just made')
})

t.test('a release has a tag of its own, which never changes', async t => {
  const { admin, clock } = await startControlPlane(t)
  await prepare(admin)
  const etag = await tagOf(admin, `${staging}/releases/1`)
  await admin('POST', `${staging}/releases`, { functions: { f: 2 } })
  t.match(await admin('GET', `${staging}/releases/1`, undefined, { 'if-none-match': etag }), { status: 304, text: '' })
  t.not(await tagOf(admin, `${staging}/releases/2`), etag)
  await admin('DELETE', staging)
  await admin('POST', `${gateway}/environments`, { name: 'staging' })
  clock.advance(1)
  await admin('POST', `${staging}/releases`, { functions: { f: 3 } })
  t.equal((await admin('GET', `${staging}/releases/1`, undefined, { 'if-none-match': etag })).status, 200, 'of an environment that was made anew, it is another one')
})

t.test('of two who release at once after the same look, one wins', async t => {
  const { admin } = await startControlPlane(t)
  await prepare(admin)
  const etag = await tagOf(admin, staging)
  const release = async (version: number): Promise<number> => (await admin('POST', `${staging}/releases`, { functions: { f: version } }, { 'if-match': etag })).status
  t.strictSame((await Promise.all([release(2), release(3)])).sort(), [201, 412])
  t.match((await admin('GET', staging)).json, { release: 2 })
})
