import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { changesOf, declarationsOf } from '../support/declarations.ts'
import type { Admin } from '../support/http.ts'

const gateway = '/api-gateways/shop'
const head = { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Shop' }
const orders = { methods: ['GET'], path: '/orders', upstream: { name: 'orders' } }
const reader = { methods: ['GET'], path: '/reader', source: 'export default ctx => ctx.env.CURRENCY' }
const unshown = { severity: 'warning', code: 'client_without_key', message: 'Enabled clients of prod that have no valid key: "Web" was imported, and its key has to be regenerated.' }

interface Finding { environment: string, severity: string, code: string }

async function versionsOf (admin: Admin): Promise<Record<string, string>> {
  const { items: [newest] } = (await admin('GET', `${gateway}/environments/dev/releases?limit=1`)).json as { items: Array<{ routes: Array<{ functionName: string, versionId: string }> }> }
  return Object.fromEntries(newest!.routes.map(({ functionName, versionId }) => [functionName, versionId]))
}

function withProd (prod: object): object {
  return { ...head, environments: [{ name: 'dev' }, { name: 'staging' }, { name: 'prod', ...prod }] }
}

t.test('what the preflight refuses is not imported, unless it is forced', async t => {
  const { admin, store, url } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  await write('shop', { ...head, functions: { orders } })
  const document = withProd({ serves: { orders: (await versionsOf(admin)).orders }, variables: { A: '1' } })
  const refusal = { environment: 'prod', severity: 'refusal', code: 'upstream_missing', functionName: 'orders' }
  const before = await store.revision()
  const dry = await write('shop', document, '?dryRun=true')
  t.match(dry, { status: 200, json: { changed: true, findings: [refusal, { environment: 'prod', code: 'no_clients' }] } })
  t.match(await write('shop', document), { status: 409, json: { code: 'release_refused', detail: /the upstream orders.*\?force=true/, findings: [refusal, { code: 'no_clients' }] } })
  t.equal(await store.revision(), before, 'nor is anything else of it')
  const forced = await write('shop', document, '?force=true')
  t.equal(forced.status, 200)
  t.strictSame({ ...forced.json, dryRun: true }, dry.json)
  t.match((await admin('GET', `${gateway}/environments/prod/releases`)).json, { items: [{ number: 1, forced: true, origin: { kind: 'import' } }] })
  t.strictSame((await write('shop', document, '?force=true')).json, { ...forced.json, changed: false, steps: (await write('shop', document, '?dryRun=true')).json.steps, findings: [] })
})

t.test('environments are looked at as the document leaves them', async t => {
  const { admin, url } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  await write('shop', { ...head, functions: { orders, reader } })
  const serves = await versionsOf(admin)
  const findings = async (prod: object, query = ''): Promise<unknown> => {
    const answer = await write('shop', withProd({ serves, ...prod }), `?dryRun=true${query}`)
    return (answer.json as unknown as { findings: Finding[] }).findings.map(({ environment: _prod, ...finding }) => finding)
  }
  const missing = { severity: 'warning', code: 'variable_missing', functionName: 'reader', message: '"reader" reads the variable CURRENCY, which prod does not have.' }
  t.match(await findings({}), [{ code: 'upstream_missing' }, missing, { code: 'no_clients' }])
  const whole = { variables: { CURRENCY: 'EUR' }, upstreams: { orders: { url: 'https://orders.example.com' } }, clients: [{ name: 'Web' }] }
  t.strictSame(await findings(whole), [unshown])
  t.strictSame(await findings({ ...whole, clients: [], config: { plugins: { none: {} } } }), [])

  t.equal((await write('shop', withProd(whole))).status, 200)
  t.strictSame(await findings({}), [unshown], 'what is there stays')
  t.match(await findings({ variables: {}, upstreams: {}, clients: [] }, '&prune=true'), [{ code: 'upstream_missing' }, missing, { code: 'no_clients' }], 'and is gone where it is removed')
})

t.test('dev is deployed to, whatever is found', async t => {
  const { admin, url } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  const made = await write('shop', { ...head, functions: { orders } })
  t.match(made, { status: 201, json: { findings: [{ environment: 'dev', severity: 'warning', code: 'upstream_missing' }, { environment: 'dev', code: 'no_clients' }] } })
  t.ok(changesOf(made.json).includes('created route dev/orders'))
  t.match((await admin('GET', `${gateway}/environments/dev/releases/1`)).json, { forced: false, origin: { kind: 'import' } })
})
