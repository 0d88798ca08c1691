import type { ScheduleRun } from '../../control-plane/store/records.ts'
import { readAll } from '../../control-plane/store/read-all.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { at, client, createGateway, deployment, keyHash, ref, route, saveVersion, upstream, variable } from '../contract/documents.ts'
import { get, increment, set } from '../contract/kv-operations.ts'
import { createReader } from '../contract/reader.ts'

const dev = ref('shop', 'dev')
const prod = ref('shop', 'prod')
/** What UTF-8 and BSON would change. */
const difficult = ['\ud800 alone', '$set', 'a.b', '__proto__', 'ß 😀', '\0']

/** Something of all that a store keeps. */
export async function fillStore (store: Store): Promise<void> {
  await createGateway(store, 'shop')
  await createGateway(store, 'shop2')
  for (let number = 0; number < 30; number++) await store.addClient(number % 2 === 0 ? dev : prod, client(`c${number}`))
  const { revision, ...first } = (await store.getClient(dev, 'c0'))!
  const previousKey = { apiKeyId: 'old', keyHash: keyHash('old'), keyLast4: 'old4', expiresAt: at }
  await store.replaceClient(dev, { ...first, description: difficult[0]!, previousKey }, revision)
  for (const [index, text] of difficult.entries()) await store.putVariable(dev, variable(`V${index}`, text, index % 2 === 0), null)
  await store.putUpstream(dev, upstream('orders'), null)
  for (let number = 1; number <= 25; number++) await saveVersion(store, 'shop', 'list', `v${number}`)
  await saveVersion(store, 'shop', 'gone', 'g1')
  await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null, { note: difficult[0]! }))
  await store.createRelease('shop', deployment('dev', [route('list', 'v2')], 1, { use: { preview: { expiresAt: '2090-01-01T00:00:00.000Z' } } }))
  await store.deleteFunction('shop', 'gone', (await store.getFunction('shop', 'gone'))!.revision, null)
  await store.applyKv([...difficult.map((text, index) => set(`k${index}/x`, JSON.stringify(text))), increment('n', 5), set('dying', '1', 3_600)].map(operation => ({ ...dev, operation })))
  await store.addScheduleRun(scheduleRun())
  await store.addReleaseCounts([{ ...dev, release: 1, requests: 10, failures: 2 }], Date.now())
  await store.addQuotaUses('ledger1', [{ ...dev, subject: 'client:c0', period: 'month:2090-01-01', endsAt: Date.parse('2090-02-01'), spent: 7, returned: 2 }], Date.now())
  await store.addUsage({
    routes: [{ ...dev, functionName: 'list', method: 'GET', path: '/orders/:id', requests: 3, lastAt: Date.now(), clients: ['c0'], moreClients: false }],
    variables: [{ ...dev, functionName: 'list', versionId: 'v1', found: ['A'], missing: ['B'] }]
  })
  await store.putDataPlanes([{
    id: 'node1', name: 'machine', version: '1.0.0', environments: ['dev'], workers: 2, store: 'store', revision: 3, connected: true, seenAt: at, heardAt: null, tokenId: 'token1'
  }])
  await store.addDataPlaneToken({ id: 'token1', name: 'Berlin', tokenHash: keyHash('token1'), environments: null, createdAt: at })
  await store.initSetting('something', 'else')
}

function scheduleRun (): ScheduleRun {
  return {
    id: '000001', ...dev, functionName: 'list', schedule: 'nightly', versionId: 'v1', scheduledAt: '2080-01-01T00:00:00.000Z', status: 'running',
    deadlineAt: '2090-01-01T00:00:00.000Z', startedAt: null, finishedAt: null, durationMs: null, responseStatus: null, errorCode: null, requestId: null
  }
}

/** What `fillStore` has written, as callers of the store see it. */
export async function readStore (store: Store): Promise<object> {
  const reader = createReader()
  await reader.catchUp(store)
  const filter = { functionName: null, schedule: null, status: null }
  return {
    feed: reader.state(),
    gateways: await readAll(async page => await store.listGateways(page)),
    environments: await readAll(async page => await store.listEnvironments('shop', page)),
    clients: await readAll(async page => await store.listClients(dev, page)),
    variables: await readAll(async page => await store.listVariables(dev, page)),
    upstreams: await readAll(async page => await store.listUpstreams(dev, page)),
    byKey: await store.findClientByKeyHash(keyHash('c0')),
    functions: await readAll(async page => await store.listFunctions('shop', page)),
    deleted: await readAll(async page => await store.listDeletedFunctions('shop', page)),
    versions: await readAll(async page => await store.listFunctionVersions('shop', 'list', page)),
    version: await store.getFunctionVersion('shop', 'list', 'v7'),
    releases: await readAll(async page => await store.listReleases(dev, page)),
    kv: await store.applyKv([...difficult.map((_, index) => get(`k${index}/x`)), get('n'), get('dying')].map(operation => ({ ...dev, operation }))),
    runs: await readAll(async page => await store.listScheduleRuns(dev, filter, page)),
    quotas: await store.sumQuotaUses([{ ...dev, subject: 'client:c0', period: 'month:2090-01-01' }]),
    counts: await store.sumReleaseCounts(dev, 1, 0),
    usage: await readAll(async page => await store.listRouteUsage(dev, 0, page)),
    reads: await store.listVariableReads('shop', 'list'),
    dataPlanes: await readAll(async page => await store.listDataPlanes(page)),
    dataPlaneTokens: await readAll(async page => await store.listDataPlaneTokens(page)),
    setting: await store.getSetting('something')
  }
}
