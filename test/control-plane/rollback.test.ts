import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import type { Admin } from '../support/http.ts'

const gateway = '/api-gateways/shop'
const rollback = `${gateway}/environments/dev/rollback`

async function saveFunction (admin: Admin, value: number): Promise<string> {
  const saved = await admin('PUT', `${gateway}/functions/a`, { methods: ['GET'], path: '/a', source: `export default () => ${value}` })
  return (saved.json as { version: string }).version
}

t.test('a rollback is a new release with what an old one served', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('POST', rollback, {}), { status: 404, json: { code: 'release_not_found' } })
  const [v1, v2, v3] = [await saveFunction(admin, 1), await saveFunction(admin, 2), await saveFunction(admin, 3)]
  t.match(await admin('POST', rollback, { note: 'Broken' }), {
    status: 201, json: { number: 4, note: 'Broken', origin: { kind: 'rollback', release: 2 }, routes: [{ versionId: v2 }] }
  })
  t.match((await admin('POST', rollback, {})).json, { number: 5, origin: { kind: 'rollback', release: 1 }, routes: [{ versionId: v1 }] }, 'the next one goes one further back')
  t.match(await admin('POST', rollback, {}), { status: 404, json: { code: 'release_not_found' } })
  t.match((await admin('POST', rollback, { release: 3 })).json, { number: 6, origin: { kind: 'rollback', release: 3 }, routes: [{ versionId: v3 }] })
  t.match((await admin('POST', rollback, { release: 1, dryRun: true })).json, { basedOn: 6, changes: [{ change: 'changed', before: { versionId: v3 }, after: { versionId: v1 } }] })
  t.match(await admin('POST', rollback, { release: 9 }), { status: 404, json: { code: 'release_not_found' } })
  t.match(await admin('POST', rollback, { release: 3 }), { status: 409, json: { code: 'nothing_to_promote' } })
  t.match(await admin('POST', rollback, { release: 0 }), { status: 400, json: { errors: [{ pointer: '/release' }] } })
  t.match((await admin('GET', `${gateway}/functions/a`)).json, { version: v3 }, 'the function itself is what it was')
})

t.test('a rollback brings back what was deleted since', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const version = await saveFunction(admin, 1)
  await admin('DELETE', `${gateway}/functions/a`)
  t.match((await admin('POST', rollback, {})).json, { number: 3, routes: [{ functionName: 'a', versionId: version }] })
})
