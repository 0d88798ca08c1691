import t from 'tap'
import { canaryPath, openCanaryShop, staging } from '../support/canary-shop.ts'

t.test('a rollback undoes what was done last: first the canary, then the release', async t => {
  const { admin, release, versions } = await openCanaryShop(t)
  await release(2)
  await release(3, { canary: {} })
  t.match((await admin('POST', `${staging}/rollback`, { dryRun: true })).json, { endsCanary: 3, changes: [], findings: [], origin: { kind: 'rollback', release: 2 } })
  t.match(await admin('POST', `${staging}/rollback`, {}), {
    status: 201, json: { number: 4, origin: { kind: 'rollback', release: 2 }, endsCanary: 3, forced: false, routes: [{ versionId: versions[1] }] }
  })
  t.match((await admin('GET', canaryPath)).json, { canary: null, last: { release: 3, outcome: 'replaced', reason: 'Release 4 took its place.' } })
  t.match(await admin('POST', `${staging}/rollback`, {}), { status: 201, json: { number: 5, origin: { release: 1 }, endsCanary: null, routes: [{ versionId: versions[0] }] } })
})

t.test('a release that is named is served at once, whatever the canary does', async t => {
  const { admin, release, versions } = await openCanaryShop(t)
  await release(2)
  await release(3, { canary: {} })
  t.match((await admin('POST', `${staging}/rollback`, { release: 1 })).json, { number: 4, endsCanary: 3, routes: [{ versionId: versions[0] }] })
  t.match(await admin('POST', `${staging}/rollback`, { release: 1 }), { status: 409, json: { code: 'nothing_to_promote' } })
  t.match((await admin('POST', `${staging}/rollback`, { release: 3 })).json, { number: 5, routes: [{ versionId: versions[2] }] }, 'a canary that was can be one of them')
})
