import t from 'tap'
import { canaryPath, gateway, openCanaryShop, staging } from '../support/canary-shop.ts'

const dev = `${gateway}/environments/dev`
const inProgress = (environment: string, release: number) => ({ status: 409, json: { code: 'canary_in_progress', canary: { environment, release } } })

t.test('what is to be served waits for the canary, or is forced and takes its place', async t => {
  const { admin, release, store } = await openCanaryShop(t)
  await release(2, { canary: {} })
  const before = await store.revision()
  t.match(await release(3), {
    status: 409, json: { code: 'release_refused', findings: [{ severity: 'refusal', code: 'canary_in_progress', message: /^staging has the canary of release 2\./ }] }
  })
  t.match(await release(3, { dryRun: true }), { status: 200, json: { endsCanary: 2, findings: [{ code: 'canary_in_progress' }] } })
  t.match(await release(3, { canary: {} }), inProgress('staging', 2))
  t.match(await release(3, { canary: {}, force: true }), inProgress('staging', 2))
  t.equal(await store.revision(), before)
  t.match(await release(3, { force: true }), { status: 201, json: { number: 3, basedOn: 1, forced: true, endsCanary: 2 } })
  t.match((await admin('GET', canaryPath)).json, { canary: null, last: { release: 2, outcome: 'replaced', reason: 'Release 3 took its place.' } })
})

t.test('a canary needs something to run beside, and something else than that', async t => {
  const { admin, release } = await openCanaryShop(t)
  t.match(await admin('POST', `${gateway}/environments/prod/releases`, { functions: { f: 1 }, canary: {} }), { status: 409, json: { code: 'nothing_served' } })
  t.match(await release(1, { canary: {} }), { status: 409, json: { code: 'nothing_to_promote' } })
})

t.test('what is promoted is what is served, not the canary', async t => {
  const { admin, release, versions } = await openCanaryShop(t)
  await release(2, { canary: { weight: 100 } })
  t.match((await admin('POST', `${gateway}/environments/prod/releases`, { from: 'staging' })).json, { origin: { release: 1 }, routes: [{ versionId: versions[0] }] })
})

t.test('functions are not deployed to dev past its canary', async t => {
  const { admin, store, versions } = await openCanaryShop(t)
  const fn = { methods: ['GET'], path: '/', source: 'export default () => 4' }
  t.equal((await admin('POST', `${dev}/releases`, { functions: { f: 1 }, canary: {} })).status, 201)
  const before = await store.revision()
  t.match(await admin('PUT', `${gateway}/functions/f`, fn), { ...inProgress('dev', 4), json: { detail: /deploy=false/ } })
  t.match(await admin('DELETE', `${gateway}/functions/f`), inProgress('dev', 4))
  t.equal(await store.revision(), before)
  t.match(await admin('PUT', `${gateway}/functions/f?deploy=false`, fn), { status: 200, json: { release: null } })
  t.match(await admin('PUT', `${gateway}/functions/f`, { ...fn, source: 'export default () => 3' }), { status: 200, json: { version: versions[2], release: 3 } }, 'what dev serves already ends nothing')
  await admin('DELETE', `${dev}/canary`)
  t.match(await admin('PUT', `${gateway}/functions/f`, fn), { status: 200, json: { release: 5 } })
})

t.test('a document says nothing of canaries, and is not imported past one', async t => {
  const { admin, release, versions } = await openCanaryShop(t)
  const exported = async (): Promise<{ environments: Array<{ name: string, serves: Record<string, string> }> }> =>
    (await admin('GET', `${gateway}/export`, undefined, { accept: 'application/json' })).json as never
  const before = await exported()
  await release(2, { canary: {} })
  t.strictSame(await exported(), before)
  t.match(await admin('PUT', `${gateway}/import`, before), { status: 200, json: { changed: false } })
  const other = { ...before, environments: before.environments.map(environment => environment.name === 'staging' ? { ...environment, serves: { f: versions[1] } } : environment) }
  t.match(await admin('PUT', `${gateway}/import`, other), inProgress('staging', 2))
  t.match(await admin('PUT', `${gateway}/import?dryRun=true`, other), inProgress('staging', 2))
  t.match((await admin('GET', staging)).json, { release: 1, canary: { release: 2 } })
})
