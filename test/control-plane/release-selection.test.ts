import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import type { Admin } from '../support/http.ts'

const gateway = '/api-gateways/shop'
const staging = `${gateway}/environments/staging/releases`

async function saveFunction (admin: Admin, name: string, value: number, path = `/${name}`): Promise<string> {
  const saved = await admin('PUT', `${gateway}/functions/${name}`, { methods: ['GET'], path, source: `export default () => ${value}` })
  return (saved.json as { version: string }).version
}

t.test('some functions are promoted, the rest stays', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const [a1, b1] = [await saveFunction(admin, 'a', 1), await saveFunction(admin, 'b', 1)]
  await admin('POST', staging, { from: 'dev' })
  const [a2, , c1] = [await saveFunction(admin, 'a', 2), await saveFunction(admin, 'b', 2), await saveFunction(admin, 'c', 1)]
  t.match((await admin('POST', staging, { from: 'dev', functions: ['c', 'a'] })).json, {
    number: 2, origin: { kind: 'promotion', environment: 'dev', release: 5 }, routes: [{ versionId: a2 }, { versionId: b1 }, { versionId: c1 }]
  })
  t.match((await admin('POST', staging, { functions: { a: a1, b: 2 } })).json, { number: 3, origin: { kind: 'selection' }, routes: [{ versionId: a1 }, { functionName: 'b' }, { versionId: c1 }] })
  t.match(await admin('POST', staging, { functions: { a: a1 } }), { status: 409, json: { code: 'nothing_to_promote' } })
})

t.test('two functions that answer the same route are refused', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await saveFunction(admin, 'a', 1, '/x')
  await admin('POST', staging, { from: 'dev' })
  await saveFunction(admin, 'a', 1, '/y')
  await saveFunction(admin, 'b', 1, '/x')
  t.match(await admin('POST', staging, { from: 'dev', functions: ['b'] }), { status: 409, json: { code: 'route_conflict', detail: 'GET /x would be answered by "a" and by "b".' } })
  t.equal((await admin('POST', staging, { from: 'dev', functions: ['b', 'a'] })).status, 201)
})
