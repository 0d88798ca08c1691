import t from 'tap'
import { createApiKey } from '#shared/api-key.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('a client is its name or id, and its key the password', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'basic-auth': {} } })
  const key = edge.addClient('shop', 'prod', 'mobile', { name: 'Müller: Mobile' })
  const colonless = edge.addClient('shop', 'prod', 'web', { name: 'Böll' })
  const devKey = edge.addClient('shop', 'dev', 'mobile')
  const send = async (user: string, password: string) => {
    const token = Buffer.from(`${user}:${password}`).toString('base64')
    return await edge.traffic(host, '/hello', { headers: { authorization: `Basic ${token}` } })
  }
  const answer = await send('mobile', key)
  t.match(answer, { status: 200, json: { client: { id: 'mobile' } } })
  t.notMatch(answer.json, { headers: { authorization: String } }, 'the function does not see it')
  t.equal((await send('Böll', colonless)).status, 200)
  t.match(await send('Müller: Mobile', key), { status: 401 }, 'a name with a colon is no user')
  for (const [user, password] of [['web', key], ['', key], ['mobile', ''], ['mobile', `${key}x`], ['mobile', createApiKey('prod')]] as const) {
    t.match(await send(user, password), { status: 401, json: { code: 'credentials_invalid' }, headers: { 'www-authenticate': 'Basic realm="imprun", charset="UTF-8"' } })
  }
  t.match(await send('mobile', devKey), { status: 401, json: { code: 'api_key_other_environment' } })
  for (const authorization of [`Basic ${key}`, `Basic ${key} x`, `Bearer ${key}`, 'Basic']) {
    t.match(await edge.traffic(host, '/hello', { headers: { authorization } }), { status: 401, headers: { 'www-authenticate': /^Basic / } }, authorization)
  }
  t.match(await edge.traffic(host, '/hello', { key }), { status: 401, json: { code: 'credentials_missing' } }, 'no other way has been set')
})
