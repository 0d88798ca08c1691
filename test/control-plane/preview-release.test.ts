import t from 'tap'
import { gateway, openCanaryShop, staging } from '../support/canary-shop.ts'

t.test('any promotion can be previewed first', async t => {
  const { admin, release, versions } = await openCanaryShop(t)
  const made = await release(2, { preview: true, expiresInSeconds: 3_600, note: 'Look at this' })
  t.match(made, {
    status: 201,
    headers: { location: '/v1/api-gateways/shop/environments/staging/releases/2' },
    json: { number: 2, use: 'preview', basedOn: 1, endsCanary: null, preview: { environment: 'staging', release: 2, domain: 'shop-staging--2.api.localhost', expiresAt: '2030-01-01T01:00:00.000Z' } }
  })
  t.match((await admin('GET', staging)).json, { release: 1, previews: [{ release: 2 }] })
  t.match(await admin('POST', `${gateway}/environments/prod/releases`, { from: 'dev', preview: true }), { status: 409, json: { findings: [{ code: 'pipeline_skipped' }] } }, 'it runs with the settings of prod')
  t.match((await admin('POST', `${gateway}/environments/prod/releases`, { from: 'staging', preview: true })).json, { number: 1, basedOn: null, routes: [{ versionId: versions[0] }] })
  t.match((await admin('GET', `${gateway}/environments/prod`)).json, { release: null, previews: [{ release: 1 }] }, 'also where nothing is served yet')
})

t.test('a preview ends no canary, and is no step back', async t => {
  const { admin, release, versions } = await openCanaryShop(t)
  await release(2, { canary: {} })
  t.match(await release(3, { preview: true }), { status: 201, json: { number: 3, endsCanary: null } })
  t.match((await admin('GET', staging)).json, { release: 1, canary: { release: 2 }, previews: [{ release: 3 }] })
  await admin('POST', `${staging}/canary/finish`)
  t.match((await admin('POST', `${staging}/rollback`, {})).json, { number: 4, origin: { release: 1 }, routes: [{ versionId: versions[0] }] })
  t.match((await admin('POST', `${staging}/rollback`, { release: 3 })).json, { number: 5, use: 'serve', routes: [{ versionId: versions[2] }], preview: null }, 'unless it is named')
  t.match((await admin('GET', staging)).json, { release: 5, previews: [{ release: 3 }] })
})

t.test('what makes no sense is refused', async t => {
  const { release, store } = await openCanaryShop(t)
  const before = await store.revision()
  t.match(await release(2, { preview: true, canary: {} }), { status: 400, json: { errors: [{ pointer: '/preview' }] } })
  t.match(await release(2, { expiresInSeconds: 60 }), { status: 400, json: { errors: [{ pointer: '/expiresInSeconds' }] } })
  t.match(await release(2, { preview: true, expiresInSeconds: 0 }), { status: 400, json: { errors: [{ pointer: '/expiresInSeconds' }] } })
  t.match(await release(1, { preview: true }), { status: 409, json: { code: 'nothing_to_promote' } })
  t.match(await release(2, { preview: true, dryRun: true }), { status: 200, json: { basedOn: 1, changes: [{ functionName: 'f' }] } })
  t.equal(await store.revision(), before)
})
