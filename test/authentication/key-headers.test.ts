import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('an owner says in which headers keys come', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'key-auth': { headers: ['X-Shop-Key'], bearer: false } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const send = async (headers: Record<string, string>) => await edge.traffic(host, '/hello', { headers })
  const answer = await send({ 'x-shop-key': key })
  t.match(answer, { status: 200, json: { client: { id: 'mobile' } } })
  t.notMatch(answer.text, key, 'the function does not see it')
  t.match(await send({ 'x-api-key': key }), { status: 401, json: { code: 'api_key_missing' } })
  t.match(await send({ authorization: `Bearer ${key}` }), { status: 401, json: { code: 'api_key_missing' } })
  const both = await send({ 'x-shop-key': key, authorization: `Bearer ${key}`, apikey: key })
  t.equal(both.status, 200)
  t.notMatch(both.text, key, 'a key goes on from nowhere')
})
