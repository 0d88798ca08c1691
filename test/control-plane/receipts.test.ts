import t from 'tap'
import { appliedMatter, type DataPlaneReport } from '#shared/data-planes.ts'
import { dataPlanesTag } from '../../control-plane/data-planes/routes.ts'
import { invocationTag } from '../../control-plane/invocations/schema.ts'
import { kvTag } from '../../control-plane/kv/schema.ts'
import type { Answer } from '../support/http.ts'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { postAsDataPlane } from '../support/data-plane-calls.ts'
import { openFeed } from '../support/feed-reader.ts'

const [nodeA, nodeB, nodeC] = ['A'.repeat(20), 'B'.repeat(20), 'C'.repeat(20)] as const

async function report ({ url, store }: ControlPlane, nodeId: string, revision: number, fields: Partial<DataPlaneReport> = {}): Promise<void> {
  const body: DataPlaneReport = { name: 'machine', version: '1.0.0', environments: null, workers: 2, store: store.id, revision, heardMsAgo: 0, ...fields }
  await postAsDataPlane(url, appliedMatter(nodeId), body)
}

/** What is there of the receipt, of all three headers. */
function receiptOf ({ headers }: Answer): object {
  const names = ['x-imprun-revision', 'x-imprun-applied', 'x-imprun-waiting-for', 'x-imprun-disconnected']
  return Object.fromEntries(names.flatMap(name => headers[name] === undefined ? [] : [[name, headers[name]]]))
}

async function startShop (t: Parameters<typeof startControlPlane>[0], wrapStore?: NonNullable<Parameters<typeof startControlPlane>[1]>['wrapStore']): Promise<ControlPlane> {
  const control = await startControlPlane(t, wrapStore === undefined ? {} : { wrapStore })
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return control
}

const variable = '/api-gateways/shop/environments/dev/variables/A'

t.test('a write is answered when every connected data plane has applied it', async t => {
  const control = await startShop(t)
  await report(control, nodeA, 1)
  await report(control, nodeB, 1)
  const feed = await openFeed(t, control.url, '?after=1')
  await feed.until(() => true)
  let isAnswered = false
  const answer = control.admin('PUT', `${variable}?wait=applied`, { value: '1' }).finally(() => { isAnswered = true })
  await feed.until(({ type }) => type === 'commit')
  await report(control, nodeA, 2)
  await report(control, nodeB, 1)
  t.notOk(isAnswered)
  await report(control, nodeB, 3)
  t.match(await answer, { status: 201, json: { value: '1' } })
  t.strictSame(receiptOf(await answer), { 'x-imprun-revision': '2', 'x-imprun-applied': 'true' })
})

t.test('what is not applied in time stands, and the answer says who is missing', async t => {
  const control = await startShop(t)
  await report(control, nodeA, 1)
  await report(control, nodeB, 99)
  await report(control, nodeC, 99, { store: 'another' })
  const answer = await control.admin('PUT', `${variable}?wait=applied&timeoutMs=20`, { value: '1' })
  t.equal(answer.status, 201)
  t.strictSame(receiptOf(answer), { 'x-imprun-revision': '2', 'x-imprun-applied': 'false', 'x-imprun-waiting-for': `${nodeA}, ${nodeC}` })
  t.match(await control.admin('GET', variable), { json: { value: '1' } })
})

t.test('data planes that are not connected are named, and not waited for', async t => {
  const control = await startShop(t)
  await report(control, nodeA, 1)
  control.clock.advance(15_000)
  t.strictSame(receiptOf(await control.admin('PUT', `${variable}?wait=applied`, { value: '1' })), {
    'x-imprun-revision': '2', 'x-imprun-applied': 'false', 'x-imprun-disconnected': nodeA
  })
  await report(control, nodeB, 99)
  t.strictSame(receiptOf(await control.admin('PUT', `${variable}?wait=applied`, { value: '2' })), {
    'x-imprun-revision': '3', 'x-imprun-applied': 'true', 'x-imprun-disconnected': nodeA
  })
})

t.test('only those that serve the environment are waited for', async t => {
  const control = await startShop(t)
  await report(control, nodeA, 99, { environments: ['dev'] })
  await report(control, nodeB, 1, { environments: ['staging', 'prod'] })
  t.match(receiptOf(await control.admin('PUT', `${variable}?wait=applied`, { value: '1' })), { 'x-imprun-applied': 'true' })
  t.match(receiptOf(await control.admin('PATCH', '/api-gateways/shop?wait=applied&timeoutMs=0', { name: 'Everybody\'s' })), { 'x-imprun-waiting-for': nodeB })
})

t.test('what another control plane on the same store has heard counts, too', async t => {
  const control = await startShop(t)
  await report(control, nodeA, 1)
  const answer = control.admin('PUT', `${variable}?wait=applied`, { value: '1' })
  const [known] = (await control.store.listDataPlanes({ limit: 1, after: null })).items
  await control.store.putDataPlanes([{ ...known!, revision: 2, seenAt: new Date(control.clock.now() + 1).toISOString() }])
  t.match(receiptOf(await answer), { 'x-imprun-applied': 'true' })
})

t.test('what makes no revision has no receipt, and a query that makes no sense is refused', async t => {
  const control = await startShop(t)
  t.strictSame(receiptOf(await control.admin('POST', '/api-gateways?wait=applied', { id: 'shop', name: 'Again' })), {})
  t.strictSame(receiptOf(await control.admin('PUT', variable, { value: '1' })), { 'x-imprun-revision': '2' })
  for (const query of ['wait=', 'wait=true', 'timeoutMs=30001', 'timeoutMs=-1', 'wait=applied&other=1']) {
    t.match(await control.admin('PUT', `${variable}?${query}`, { value: '2' }), { status: 400, json: { code: 'validation_failed' } }, query)
  }
  t.equal((await control.admin('GET', `${variable}?wait=applied`)).status, 400)
  t.equal((await control.admin('PUT', '/api-gateways/shop/environments/dev/kv/a?wait=applied', { value: 1 })).status, 400)
})

t.test('every write can wait, and the reference says so', async t => {
  const { url } = await startControlPlane(t)
  const { paths } = await (await fetch(`${url}/openapi.json`)).json() as { paths: Record<string, Record<string, { tags: string[], parameters?: Array<{ name: string }>, responses: Record<string, { headers?: object }> }>> }
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, { tags, parameters = [], responses }] of Object.entries(item)) {
      const isWrite = method !== 'get' && !tags.some(tag => [kvTag, invocationTag, dataPlanesTag].includes(tag))
      t.equal(parameters.some(({ name }) => name === 'wait'), isWrite, `${method} ${path}`)
      const succeeded = Object.entries(responses).filter(([status]) => status.startsWith('2')).map(([, { headers = {} }]) => 'x-imprun-applied' in headers)
      t.ok(succeeded.every(isNamed => isNamed === isWrite), `${method} ${path}`)
    }
  }
})
