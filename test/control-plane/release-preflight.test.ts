import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import type { Admin } from '../support/http.ts'

const gateway = '/api-gateways/shop'
const releasesOf = (environment: string): string => `${gateway}/environments/${environment}/releases`

async function saveFunction (admin: Admin, name: string, value: number, path = `/${name}`): Promise<string> {
  const saved = await admin('PUT', `${gateway}/functions/${name}`, { methods: ['GET'], path, source: `export default () => ${value}` })
  return (saved.json as { version: string }).version
}

t.test('releases go through the environments in their order, unless they are forced', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const old = await saveFunction(admin, 'a', 1)
  t.match(await admin('POST', releasesOf('prod'), { from: 'dev' }), {
    status: 409, json: { code: 'release_refused', detail: /staging first.*"force": true/, findings: [{ severity: 'refusal', code: 'pipeline_skipped' }] }
  })
  t.match((await admin('POST', releasesOf('prod'), { from: 'dev', force: true })).json, { number: 1, forced: true })
  await saveFunction(admin, 'a', 2)
  t.match(await admin('POST', releasesOf('dev'), { from: 'prod' }), { status: 409, json: { findings: [{ code: 'pipeline_backwards' }] } })
  t.match((await admin('POST', releasesOf('dev'), { from: 'prod', force: true })).json, { number: 3, forced: true, routes: [{ versionId: old }] })
  t.match((await admin('POST', releasesOf('staging'), { from: 'dev', force: true })).json, { forced: false }, 'force without a need is not remembered')
})

t.test('the order belongs to the gateway', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await saveFunction(admin, 'a', 1)
  for (const environments of [['dev', 'prod'], ['dev', 'prod', 'staging', 'staging'], ['dev', 'prod', 'other']]) {
    t.match(await admin('PATCH', gateway, { environments }), { status: 400, json: { errors: [{ pointer: /^\/environments/ }] } })
  }
  t.match((await admin('PATCH', gateway, { environments: ['dev', 'prod', 'staging'] })).json, { environments: ['dev', 'prod', 'staging'] })
  t.equal((await admin('POST', releasesOf('prod'), { from: 'dev' })).status, 201)
  t.match(await admin('POST', releasesOf('staging'), { from: 'dev' }), { status: 409, json: { findings: [{ code: 'pipeline_skipped' }] } })
})

t.test('a dry run says what would change, and changes nothing', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const [a1, b1] = [await saveFunction(admin, 'a', 1), await saveFunction(admin, 'b', 1)]
  await admin('POST', releasesOf('staging'), { from: 'dev' })
  const [a2, c1] = [await saveFunction(admin, 'a', 1, '/moved'), await saveFunction(admin, 'c', 1)]
  await admin('DELETE', `${gateway}/functions/b`)
  const before = await store.revision()
  t.match(await admin('POST', releasesOf('staging'), { from: 'dev', dryRun: true }), {
    status: 200,
    json: {
      basedOn: 1,
      origin: { kind: 'promotion', environment: 'dev', release: 5 },
      changes: [
        { change: 'changed', functionName: 'a', before: { versionId: a1, path: '/a' }, after: { versionId: a2, path: '/moved' }, fields: ['path', 'versionId'] },
        { change: 'removed', functionName: 'b', before: { versionId: b1 }, after: null, fields: [] },
        { change: 'added', functionName: 'c', before: null, after: { versionId: c1 }, fields: [] }
      ],
      findings: [
        { severity: 'warning', code: 'route_moves', functionName: 'a', message: 'GET /a would become GET /moved. It was not used in the last 7 days.' },
        { severity: 'warning', code: 'route_vanishes', functionName: 'b' }
      ]
    }
  })
  t.match((await admin('POST', releasesOf('prod'), { from: 'dev', dryRun: true })).json, { basedOn: null, findings: [{ severity: 'refusal', code: 'pipeline_skipped' }] })
  t.equal(await store.revision(), before)
  t.match((await admin('POST', releasesOf('staging'), { from: 'staging' })).status, 400)
})
