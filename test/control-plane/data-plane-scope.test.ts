import t, { type Test } from 'tap'
import { appliedMatter } from '#shared/data-planes.ts'
import { dataPlaneToken, startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { postAsDataPlane } from '../support/data-plane-calls.ts'
import { openFeed } from '../support/feed-reader.ts'

/** A control plane with a gateway, and what a data plane of its dev alone can do there. */
async function start (t: Test): Promise<{ control: ControlPlane, token: string, asDev: (matter: string, body: unknown) => Promise<{ status: number, json: unknown }> }> {
  const control = await startControlPlane(t)
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const { token } = (await control.admin('POST', '/data-plane-tokens', { name: 'Dev', environments: ['dev'] })).json as { token: string }
  return { control, token, asDev: async (matter, body) => await postAsDataPlane(control.url, matter, body, token) }
}

const of = (environment: string): { gatewayId: string, environment: string } => ({ gatewayId: 'shop', environment })

t.test('key-value stores of other environments are not there', async t => {
  const { control, asDev } = await start(t)
  for (const environment of ['dev', 'prod']) await control.admin('PUT', `/api-gateways/shop/environments/${environment}/kv/a`, { value: `of ${environment}` })
  const operations = [{ op: 'get', key: 'a' }, { op: 'set', key: 'a', value: '"overwritten"', ttlSeconds: null }, { op: 'list', prefix: '', limit: 10, after: null }, { op: 'delete', key: 'a', version: null }]
  const { status, json } = await asDev('/kv', { requests: [{ ...of('dev'), operation: operations[0] }, ...operations.map(operation => ({ ...of('prod'), operation }))] })
  t.equal(status, 200)
  const [own, ...others] = (json as { answers: object[] }).answers
  t.match(own, { result: { value: '"of dev"' } })
  t.equal(others.length, operations.length)
  for (const answer of others) t.match(answer, { result: null, error: { code: 'kv_unavailable' } })
  t.match(await control.admin('GET', '/api-gateways/shop/environments/prod/kv/a'), { json: { value: 'of prod' } })
})

t.test('of logs, use and counts, what is said of other environments is left out', async t => {
  const { control, asDev } = await start(t)
  const now = control.clock.now()
  const line = (environment: string) => ({ time: now, level: 'info', ...of(environment), functionName: null, versionId: null, requestId: null, message: `said of ${environment}`, fields: '' })
  t.equal((await asDev('/logs', { origin: '0'.repeat(36), sequence: 1, lines: [line('dev'), line('prod')] })).status, 204)
  t.equal((await asDev('/logs', { origin: '0'.repeat(36), sequence: 2, lines: [line('prod')] })).status, 204)
  const route = (environment: string) => ({ ...of(environment), functionName: 'f', method: 'GET', path: '/', requests: 1, lastAt: now, clients: [], moreClients: false })
  const reads = (environment: string) => ({ ...of(environment), functionName: 'f', versionId: 'v1', found: ['A'], missing: [] })
  t.equal((await asDev('/usage', { routes: [route('dev'), route('prod')], variables: [reads('dev'), reads('prod')] })).status, 204)
  const counts = (environment: string) => ({ ...of(environment), release: 1, requests: 5, failures: 5 })
  t.equal((await asDev('/canaries', { counts: [counts('dev'), counts('prod')] })).status, 204)
  for (const [environment, isKnown] of [['dev', true], ['prod', false]] as const) {
    const logs = (await control.admin('GET', `/api-gateways/shop/environments/${environment}/logs`)).text
    const usage = (await control.admin('GET', `/api-gateways/shop/environments/${environment}/usage`)).json as { items: object[] }
    t.equal(logs.includes(`said of ${environment}`), isKnown)
    t.equal(usage.items.length > 0, isKnown)
    t.equal((await control.store.sumReleaseCounts(of(environment), 1, 0)).requests, isKnown ? 5 : 0)
  }
  t.strictSame((await control.store.listVariableReads('shop', 'f')).map(({ environment }) => environment), ['dev'])
})

t.test('schedules of other environments are not due, and their runs are not there', async t => {
  const { control, asDev } = await start(t)
  const fn = { methods: ['POST'], path: '/tidy', source: 'export default () => 1', schedules: [{ name: 'often', cron: '* * * * *', timeZone: 'UTC' }] }
  await control.admin('PUT', '/api-gateways/shop/functions/tidy', fn)
  await control.admin('POST', '/api-gateways/shop/environments/staging/releases', { from: 'dev' })
  t.equal((await control.admin('POST', '/api-gateways/shop/environments/prod/releases', { from: 'staging' })).status, 201)
  const claim = (environment: string) => ({
    claimId: 'abcdefghijkl', ...of(environment), functionName: 'tidy', versionId: 'v1', schedule: 'often', scheduledAt: new Date(control.clock.now()).toISOString()
  })
  t.match(await asDev('/schedule-runs', claim('prod')), { status: 404, json: { code: 'schedule_not_found' } })
  t.equal((await asDev('/schedule-runs/missed', { runs: [claim('prod')] })).status, 204)
  const runs = async (): Promise<Array<{ status: string }>> => ((await control.admin('GET', '/api-gateways/shop/environments/prod/schedule-runs')).json as { items: Array<{ status: string }> }).items
  t.strictSame(await runs(), [])
  const { json } = await postAsDataPlane(control.url, '/schedule-runs', claim('prod'), dataPlaneToken)
  const { run: { id } } = json as { run: { id: string } }
  const now = new Date(control.clock.now()).toISOString()
  const finished = { id, status: 'failed', startedAt: now, finishedAt: now, durationMs: 1, responseStatus: null, errorCode: null, requestId: null }
  t.match(await asDev('/schedule-runs/finished', finished), { status: 404, json: { code: 'schedule_run_not_found' } })
  t.match(await runs(), [{ status: 'running' }])
  t.match(await asDev('/schedule-runs', claim('dev')), { status: 200, json: { run: { id: /./ } } })
})

t.test('invocations of other environments go to others, and their results are not taken from it', async t => {
  const { control, token, asDev } = await start(t)
  const feed = await openFeed(t, control.url, '', token)
  await feed.until(({ type }) => type === 'commit')
  const invoke = (environment: string) => control.admin('POST', '/api-gateways/shop/functions/f/invoke', { source: 'export default () => 1', environment, timeoutMs: 1_000 })
  t.match(await invoke('prod'), { status: 503, json: { code: 'no_data_plane' } })
  const everything = await openFeed(t, control.url)
  await everything.until(({ type }) => type === 'commit')
  const answer = invoke('prod')
  const asked = (await everything.until(({ type }) => type === 'invoke')).at(-1) as { id: string }
  const result = { requestId: 'r', response: null, error: { code: 'function_failed', detail: 'It failed.' }, logs: [], logsTruncated: false, durationMs: 1, cpuMs: null, memoryBytes: null }
  t.match(await asDev(`/invocations/${asked.id}/result`, result), { status: 404, json: { code: 'invocation_not_found' } })
  t.equal((await postAsDataPlane(control.url, `/invocations/${asked.id}/result`, result)).status, 204)
  t.match(await answer, { status: 200, json: { error: { code: 'function_failed' } } })
})

t.test('it does not speak for a node that is connected with another token, and is waited for by its own environments alone', async t => {
  const { control, asDev } = await start(t)
  const report = { name: 'machine', version: '1.0.0', environments: null, workers: 1, store: control.store.id, revision: 0, heardMsAgo: 0 }
  const [prod, dev] = ['P'.repeat(20), 'D'.repeat(20)] as const
  await postAsDataPlane(control.url, appliedMatter(prod), report)
  t.match(await asDev(appliedMatter(prod), { ...report, revision: 99 }), { status: 403, json: { code: 'data_plane_denied' } })
  t.match(await asDev(`/nodes/${prod}/refusals`, { refusals: [] }), { status: 403 })
  t.equal((await asDev(appliedMatter(dev), report)).status, 204)
  t.match((await control.admin('GET', '/data-planes')).json, { items: [{ id: dev, environments: ['dev'], tokenId: /./ }, { id: prod, environments: null, revision: 0, tokenId: null }] })
  const answer = await control.admin('PUT', '/api-gateways/shop/environments/prod/variables/A?wait=applied&timeoutMs=0', { value: '1' })
  t.equal(answer.headers['x-imprun-waiting-for'], prod)
  control.clock.advance(20_000)
  t.equal((await asDev(appliedMatter(prod), report)).status, 204, 'one that is gone may come back with another token')
})
