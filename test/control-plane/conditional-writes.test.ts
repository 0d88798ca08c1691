import t from 'tap'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'

const gateway = '/api-gateways/shop'
const dev = `${gateway}/environments/dev`
const staging = `${gateway}/environments/staging`
const prod = `${gateway}/environments/prod`
const qa = `${gateway}/environments/qa`
const source = (value: number) => ({ methods: ['GET'], path: '/', source: `export default () => ${value}` })

interface Write {
  operationId: string
  path: string
  body?: object
  /** Where the tag of what is written can be read. */
  tagged: string
  /** Where it shows that it was written, if not there. */
  shown?: string
}

/** A gateway with one thing of each kind in it, and every write that changes or replaces one; each can be carried out in the order in which they stand here. */
async function prepare ({ admin }: ControlPlane): Promise<Write[]> {
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const { id } = (await admin('POST', `${dev}/clients`, { name: 'Mobile' })).json as { id: string }
  await admin('PUT', `${dev}/variables/A`, { value: '1' })
  await admin('PUT', `${dev}/kv/a`, { value: 1 })
  await admin('PUT', `${dev}/upstreams/u`, { url: 'http://a.example' })
  for (const value of [1, 2]) await admin('PUT', `${gateway}/functions/f`, source(value))
  await admin('PUT', `${gateway}/functions/gone`, { ...source(1), path: '/gone' })
  await admin('DELETE', `${gateway}/functions/gone`)
  await admin('POST', `${staging}/releases`, { from: 'dev' })
  await admin('POST', `${gateway}/environments`, { name: 'qa' })
  for (const environment of [prod, qa]) {
    await admin('POST', `${environment}/releases`, { functions: { f: 1 } })
    await admin('POST', `${environment}/releases`, { functions: { f: 2 }, canary: {} })
    await admin('POST', `${environment}/releases`, { functions: { f: 2 }, preview: true })
  }
  const client = `${dev}/clients/${id}`
  return [
    { operationId: 'updateApiGateway', path: gateway, body: { name: 'Mine' }, tagged: gateway },
    { operationId: 'importApiGateway', path: `${gateway}/import`, body: { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Imported' }, tagged: gateway },
    { operationId: 'importOpenApi', path: `${gateway}/openapi`, body: { openapi: '3.1.0', info: { title: 'Things', version: '1' }, paths: { '/things': { get: { operationId: 'things', responses: { 200: { description: 'All.' } } } } } }, tagged: gateway, shown: `${gateway}/export` },
    { operationId: 'updateEnvironment', path: dev, body: { config: { plugins: { cors: { allowOrigins: ['*'] } } } }, tagged: dev },
    { operationId: 'updateClient', path: client, body: { name: 'Mine' }, tagged: client },
    { operationId: 'regenerateKey', path: `${client}/regenerate-key`, tagged: client },
    { operationId: 'deleteClient', path: client, tagged: client },
    { operationId: 'putVariable', path: `${dev}/variables/A`, body: { value: '2' }, tagged: `${dev}/variables/A` },
    { operationId: 'deleteVariable', path: `${dev}/variables/A`, tagged: `${dev}/variables/A` },
    { operationId: 'putKeyValueEntry', path: `${dev}/kv/a`, body: { value: 2 }, tagged: `${dev}/kv/a` },
    { operationId: 'deleteKeyValueEntry', path: `${dev}/kv/a`, tagged: `${dev}/kv/a` },
    { operationId: 'putUpstream', path: `${dev}/upstreams/u`, body: { url: 'http://b.example' }, tagged: `${dev}/upstreams/u` },
    { operationId: 'deleteUpstream', path: `${dev}/upstreams/u`, tagged: `${dev}/upstreams/u` },
    { operationId: 'createRelease', path: `${staging}/releases`, body: { functions: { f: 1 } }, tagged: staging },
    { operationId: 'rollback', path: `${staging}/rollback`, body: {}, tagged: staging },
    { operationId: 'updateCanary', path: `${prod}/canary`, body: { weight: 10 }, tagged: `${prod}/canary` },
    { operationId: 'finishCanary', path: `${prod}/canary/finish`, tagged: `${prod}/canary` },
    { operationId: 'dropCanary', path: `${qa}/canary`, tagged: `${qa}/canary` },
    { operationId: 'updatePreview', path: `${prod}/previews/3`, body: { expiresAt: '2030-01-09T00:00:00Z' }, tagged: `${prod}/previews/3` },
    { operationId: 'deletePreview', path: `${qa}/previews/3`, tagged: `${qa}/previews/3` },
    { operationId: 'putFunction', path: `${gateway}/functions/f`, body: source(3), tagged: `${gateway}/functions/f` },
    { operationId: 'restoreFunction', path: `${gateway}/functions/gone/restore`, tagged: `${gateway}/deleted-functions/gone` },
    { operationId: 'deleteFunction', path: `${gateway}/functions/f`, tagged: `${gateway}/functions/f` },
    { operationId: 'deleteEnvironment', path: staging, tagged: staging },
    { operationId: 'deleteApiGateway', path: gateway, tagged: gateway }
  ]
}

/** Others make something new where nothing can be overwritten, write nothing, or end what never changes, or what changes with every request. */
const unconditional = [
  'createApiGateway', 'createEnvironment', 'createClient', 'createDataPlaneToken', 'revokeDataPlaneToken', 'createDebugToken', 'invokeFunction', 'purgeCache', 'resetQuotas', 'resetClientQuotas'
]

async function readMethods ({ url }: ControlPlane): Promise<Map<string, { method: string, headers: string[] }>> {
  const { paths } = await (await fetch(`${url}/openapi.json`)).json() as { paths: Record<string, Record<string, { operationId: string, parameters?: Array<{ in: string, name: string }> }>> }
  const operations = Object.values(paths).flatMap(item => Object.entries(item)).filter(([method]) => method !== 'get')
  return new Map(operations.map(([method, { operationId, parameters = [] }]) =>
    [operationId, { method: method.toUpperCase(), headers: parameters.filter(parameter => parameter.in === 'header').map(({ name }) => name) }]))
}

t.test('every write that could overwrite something honours If-Match and If-None-Match', async t => {
  const controlPlane = await startControlPlane(t)
  const { admin, store } = controlPlane
  const writes = await prepare(controlPlane)
  const operations = await readMethods(controlPlane)
  t.strictSame([...writes.map(({ operationId }) => operationId), ...unconditional].sort(), [...operations.keys()].sort(), 'all writes are spoken of')
  for (const { operationId, path, body, tagged, shown = tagged } of writes) {
    const tagOf = async (what: string): Promise<string> => (await admin('GET', what)).headers.etag!
    const { method, headers } = operations.get(operationId)!
    t.strictSame(headers, ['if-match'], `${operationId} says so`)
    const before = { revision: await store.revision(), ...(await admin('GET', tagged)).json as object }
    const etag = await tagOf(tagged)
    const shownBefore = await tagOf(shown)
    for (const header of [{ 'if-match': '"999"' }, { 'if-match': `W/${etag}` }, { 'if-match': '"998", "r1-0"' }, { 'if-none-match': '*' }, { 'if-none-match': `W/${etag}` }] as const) {
      t.match(await admin(method, path, body, header), { status: 412, json: { code: 'precondition_failed' }, headers: { etag } }, `${operationId} ${JSON.stringify(header)}`)
    }
    t.strictSame({ revision: await store.revision(), ...(await admin('GET', tagged)).json as object }, before, `${operationId} has written nothing`)
    t.match(await admin(method, path, body, { 'if-match': etag, 'if-none-match': '"999"' }), { status: /^20[014]$/ }, operationId)
    t.not(await tagOf(shown), shownBefore, `${operationId} has written`)
  }
})

t.test('where nothing is, If-Match never holds and If-None-Match does', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const [path, body] of [
    [`${dev}/variables/A`, { value: '1' }],
    [`${dev}/kv/a`, { value: 1 }],
    [`${dev}/upstreams/u`, { url: 'http://a.example' }],
    [`${gateway}/functions/f`, source(1)],
    ['/api-gateways/other/import', { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Imported' }]
  ] as const) {
    for (const ifMatch of ['*', '"1"']) t.match(await admin('PUT', path, body, { 'if-match': ifMatch }), { status: 412, json: { detail: 'It does not exist.' } }, `${path} ${ifMatch}`)
    t.equal((await admin('PUT', path, body, { 'if-none-match': '*' })).status, 201, path)
    t.equal((await admin('PUT', path, body, { 'if-none-match': '*' })).status, 412, path)
  }
})
