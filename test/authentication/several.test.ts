import t from 'tap'
import { startEdge, type TestEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

async function startWith (test: Parameters<typeof startEdge>[0], order?: Array<'key-auth' | 'basic-auth'>): Promise<{ edge: TestEdge, one: string, two: string }> {
  const edge = await startEdge(test)
  edge.addGateway('shop', { plugins: { 'key-auth': {}, 'basic-auth': {}, ...(order && { authentication: { order } }) } })
  return { edge, one: edge.addClient('shop', 'prod', 'one'), two: edge.addClient('shop', 'prod', 'two') }
}

t.test('each of several ways opens, and a 401 names them all', async t => {
  const { edge, one, two } = await startWith(t)
  t.match(await edge.traffic(host, '/hello', { key: one }), { json: { client: { id: 'one' } } })
  t.match(await edge.traffic(host, '/hello', { headers: { authorization: basic('two', two) } }), { json: { client: { id: 'two' } } })
  t.match(await edge.traffic(host, '/hello'), {
    status: 401, json: { code: 'credentials_missing' }, headers: { 'www-authenticate': 'ApiKey realm="imprun", Bearer realm="imprun", Basic realm="imprun", charset="UTF-8"' }
  })
})

t.test('of credentials that contradict each other the first in order decides, and neither goes on', async t => {
  for (const [order, client] of [[undefined, 'one'], [['basic-auth', 'key-auth'], 'two'], [['basic-auth'], 'two']] as const) {
    const { edge, one, two } = await startWith(t, order && [...order])
    const headers = { 'x-api-key': one, authorization: basic('two', two) }
    const answer = await edge.traffic(host, '/hello', { headers })
    t.match(answer, { status: 200, json: { client: { id: client } } })
    t.notMatch(answer.text, one)
    t.notMatch(answer.text, headers.authorization)
    const wrong = client === 'one' ? { ...headers, 'x-api-key': 'junk' } : { ...headers, authorization: basic('two', 'junk') }
    t.match(await edge.traffic(host, '/hello', { headers: wrong }), { status: 401 }, 'what one refuses the other is not asked about')
  }
})

t.test('without credentials a request is the anonymous client\'s', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'key-auth': {}, authentication: { anonymousClient: 'Everybody' } } })
  t.match(await edge.traffic(host, '/hello'), { status: 401, json: { code: 'api_key_missing' } }, 'while there is no such client')
  edge.addClient('shop', 'prod', 'anyone', { name: 'Everybody' })
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.match(await edge.traffic(host, '/hello'), { status: 200, json: { client: { id: 'anyone', name: 'Everybody' }, headers: { 'x-consumer-username': 'shop-prod-anyone' } } })
  t.match(await edge.traffic(host, '/hello', { key }), { json: { client: { id: 'mobile' } } })
  t.match(await edge.traffic(host, '/hello', { key: 'junk' }), { status: 401, json: { code: 'api_key_invalid' } }, 'what is wrong is not let in as nobody')
  edge.addClient('shop', 'prod', 'anyone', { name: 'Everybody', enabled: false })
  t.equal((await edge.traffic(host, '/hello')).status, 401)
})

t.test('an environment\'s authentication replaces that of its gateway as a whole', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'key-auth': {}, authentication: { anonymousClient: 'Everybody' } }, environmentPlugins: { 'basic-auth': {} } })
  edge.addClient('shop', 'prod', 'anyone', { name: 'Everybody' })
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.match(await edge.traffic(host, '/hello', { key }), { status: 401, headers: { 'www-authenticate': /^Basic [^,]*, charset="UTF-8"$/ } })
})
