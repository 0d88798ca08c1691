import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { readFeed } from '../support/feed-reader.ts'

const gateway = '/api-gateways/shop'
const plugins = { 'limit-count': { count: 5, windowSeconds: 60 }, headers: { response: { set: { 'x-a': '1' } } } }
const hello = { methods: ['GET'], path: '/hello', source: 'export default () => "hello"' }
type Version = { version: string }

t.test('plugins of an endpoint are of its version, and go where it goes', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const plain = (await admin('PUT', `${gateway}/functions/hello`, { ...hello, plugins: {} })).json as Version
  const saved = await admin('PUT', `${gateway}/functions/hello`, { ...hello, plugins })
  t.match(saved, { status: 200, json: { plugins, release: 2 } })
  const { version } = saved.json as Version
  t.not(version, plain.version)
  const sameInAnotherOrder = { headers: plugins.headers, 'limit-count': plugins['limit-count'] }
  t.match((await admin('PUT', `${gateway}/functions/hello`, { ...hello, plugins: sameInAnotherOrder })).json, { version, release: 2 })
  t.match((await admin('PUT', `${gateway}/functions/hello`, { ...hello, plugins: undefined })).json, { version: plain.version, plugins: undefined })
  await admin('PUT', `${gateway}/functions/hello`, { ...hello, plugins })
  t.match(await admin('POST', `${gateway}/environments/prod/releases`, { from: 'dev', force: true }), { status: 201, json: { routes: [{ versionId: version, plugins }] } })
  t.match((await admin('GET', `${gateway}/functions/hello/versions`)).json, { items: [{ plugins }, { plugins: undefined }] })
  const feed = await readFeed(t, url, { until: ({ type }) => type === 'commit' })
  t.match(feed.find(item => item.type === 'environment' && item.environment === 'prod'), { value: { release: { routes: [{ plugins }] } } })
})

t.test('plugins of a client are its own', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const clients = `${gateway}/environments/dev/clients`
  const { id } = (await admin('POST', clients, { name: 'App', plugins })).json as { id: string }
  t.match((await admin('GET', `${clients}/${id}`)).json, { plugins })
  t.match((await admin('PATCH', `${clients}/${id}`, { description: 'x' })).json, { plugins })
  t.match((await admin('PATCH', `${clients}/${id}`, { plugins: { headers: null } })).json, { plugins: { headers: undefined, 'limit-count': plugins['limit-count'] } })
  const told = async () => {
    const revision = Number((await admin('GET', `${clients}/${id}`)).headers.etag?.match(/\d+/)?.[0])
    return (await readFeed(t, url, { until: message => message.type === 'commit' && message.revision >= revision })).findLast(({ type }) => type === 'client')
  }
  t.match(await told(), { value: { plugins: { 'limit-count': plugins['limit-count'] } } })
  await admin('PATCH', `${clients}/${id}`, { enabled: false })
  t.match(await told(), { value: { enabled: false, plugins: undefined } }, 'whoever cannot read plugins has to know that it is disabled')
  t.match((await admin('PATCH', `${clients}/${id}`, { plugins: null })).json, { plugins: undefined })
})

t.test('what is wrong with them is named', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const pointers = async (answer: ReturnType<typeof admin>): Promise<string[]> => ((await answer).json as { errors: Array<{ pointer: string }> }).errors.map(({ pointer }) => pointer)
  const wrong = { 'ip-restriction': { allow: ['nonsense'] } }
  t.strictSame(await pointers(admin('PUT', `${gateway}/functions/hello`, { ...hello, plugins: wrong })), ['/plugins/ip-restriction/allow/0'])
  t.strictSame(await pointers(admin('POST', `${gateway}/environments/dev/clients`, { name: 'App', plugins: wrong })), ['/plugins/ip-restriction/allow/0'])
  t.strictSame(await pointers(admin('PUT', `${gateway}/functions/hello`, { ...hello, plugins: { cors: { allowOrigins: ['*'] } } })), ['/plugins/cors'])
})

t.test('a document carries them, and changes nothing when it comes back', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${gateway}/functions/hello`, { ...hello, plugins })
  await admin('POST', `${gateway}/environments/dev/clients`, { name: 'App', plugins })
  const { json: document } = await admin('GET', `${gateway}/export`, undefined, { accept: 'application/json' })
  t.match(document, { functions: { hello: { plugins } }, environments: [{ clients: [{ name: 'App', plugins }] }] })
  t.match(await admin('PUT', `${gateway}/import`, document), { status: 200, json: { changed: false } })
  const changed = structuredClone(document) as { environments: Array<{ clients: Array<{ plugins: object }> }> }
  changed.environments[0]!.clients[0]!.plugins = {}
  const { steps } = (await admin('PUT', `${gateway}/import`, changed)).json as { steps: object[] }
  t.match(steps.filter(step => 'fields' in step), [{ action: 'changed', resource: 'client', fields: ['/plugins'] }])
  t.match((await admin('GET', `${gateway}/environments/dev/clients`)).json, { items: [{ plugins: undefined }] })
})
