import t from 'tap'
import { createApiKey } from '#shared/api-key.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

async function refusal (edge: TestEdge, headers: Record<string, string | string[]>): Promise<{ status: number, code: string, detail: string }> {
  const answer = await edge.traffic(host, '/hello', { headers })
  const { code, detail } = answer.json as { code: string, detail: string }
  if (answer.status === 401 && !answer.headers['www-authenticate']?.startsWith('ApiKey ')) throw new Error('a 401 without a challenge')
  return { status: answer.status, code, detail }
}

t.test('a key opens exactly its environment', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  edge.addGateway('other')
  const key = edge.addClient('shop', 'prod', 'mobile')
  const devKey = edge.addClient('shop', 'dev', 'mobile')
  const otherKey = edge.addClient('other', 'prod', 'mobile')

  t.equal((await edge.traffic(host, '/hello', { key })).status, 200)
  t.match(await refusal(edge, {}), { status: 401, code: 'api_key_missing' })
  t.match(await refusal(edge, { 'x-api-key': devKey }), { status: 401, code: 'api_key_other_environment', detail: /"dev"/ })
  t.match(await refusal(edge, { 'x-api-key': otherKey }), { status: 401, code: 'api_key_invalid' })
})

t.test('the holder of a real key is told what is wrong with it', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  const now = edge.clock.now()
  const at = (ms: number): string => new Date(now + ms).toISOString()
  t.match(await refusal(edge, { 'x-api-key': edge.addClient('shop', 'prod', 'a', { enabled: false }) }), { status: 401, code: 'api_key_disabled' })
  t.match(await refusal(edge, { 'x-api-key': edge.addClient('shop', 'prod', 'b', { expiresAt: at(-1) }) }), { status: 401, code: 'api_key_expired' })
  t.match(await refusal(edge, { 'x-api-key': edge.addClient('shop', 'prod', 'c', { keyExpiresAt: at(0) }) }), { status: 401, code: 'api_key_expired' })

  const key = edge.addClient('shop', 'prod', 'd', { expiresAt: at(1000) })
  t.equal((await edge.traffic(host, '/hello', { key })).status, 200)
  edge.clock.set(now + 1000)
  t.match(await refusal(edge, { 'x-api-key': key }), { status: 401, code: 'api_key_expired' }, 'nothing but the clock has changed')
})

t.test('a stranger learns nothing: every other key gets the same answer', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  edge.addGateway('other')
  const key = edge.addClient('shop', 'prod', 'mobile')
  const answers = new Set<string>()
  for (const wrong of ['junk', '', key.slice(0, -1), `${key}x`, key.toUpperCase(), createApiKey('prod'), createApiKey('dev'),
    edge.addClient('other', 'dev', 'a', { enabled: false }), `${key}, ${key}`, key.repeat(50)]) {
    const answer = await edge.traffic(host, '/hello', { headers: { 'x-api-key': wrong } })
    t.equal(answer.status, 401, wrong)
    answers.add(answer.text.replace(String(answer.headers['x-request-id']), ''))
  }
  t.equal(answers.size, 1)
})

t.test('a key is accepted in three places, and in several only if it is the same', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  const key = edge.addClient('shop', 'prod', 'mobile')
  const second = edge.addClient('shop', 'prod', 'web')
  const send = async (headers: Record<string, string>): Promise<number> => (await edge.traffic(host, '/hello', { headers })).status
  t.equal(await send({ 'x-api-key': key }), 200)
  t.equal(await send({ apikey: key }), 200)
  t.equal(await send({ authorization: `Bearer ${key}` }), 200)
  t.equal(await send({ authorization: `bearer  ${key}` }), 200)
  t.equal(await send({ 'x-api-key': key, apikey: key, authorization: `Bearer ${key}` }), 200)
  t.equal(await send({ 'x-api-key': key, authorization: 'Bearer eyJhbGciOi.another.token' }), 200)
  t.match(await refusal(edge, { 'x-api-key': key, apikey: second }), { status: 401, code: 'api_key_invalid' })
  t.match(await refusal(edge, { 'x-api-key': key, authorization: `Bearer ${second}` }), { status: 401, code: 'api_key_invalid' })
  t.match(await refusal(edge, { authorization: `Basic ${key}` }), { status: 401, code: 'api_key_missing' })
  t.equal((await edge.traffic(host, `/hello?apikey=${key}&x-api-key=${key}`)).status, 401, 'never in the query string')
})

t.test('a pepper is part of the hash', async t => {
  const edge = await startEdge(t, { keyPepper: 'a pepper of some length' })
  edge.addGateway('shop')
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.equal((await edge.traffic(host, '/hello', { key })).status, 200)
})

t.test('without authentication no key is looked at', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'key-auth': {} }, environmentPlugins: { none: {} } })
  t.match((await edge.traffic(host, '/hello', { key: 'junk' })).json, { client: null })
})
