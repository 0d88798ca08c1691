import t from 'tap'
import { adminToken, startControlPlane } from '../support/control-plane.ts'

t.test('everything below /v1 wants the admin token, what is not there included', async t => {
  const { url, admin, store } = await startControlPlane(t)
  const requests: Array<[method: string, path: string]> = [
    ['GET', '/v1/api-gateways'], ['POST', '/v1/api-gateways'], ['HEAD', '/v1/api-gateways'], ['GET', '/v1/api-gateways/shop/functions'],
    ['DELETE', '/v1/api-gateways/shop'], ['GET', '/v1/nope'], ['PUT', '/v1/api-gateways'], ['GET', '/v1/api-gateways/A'], ['OPTIONS', '/v1/api-gateways']
  ]
  const wrong = [undefined, '', 'Bearer', 'Bearer ', `Basic ${adminToken}`, 'Bearer wrong', `Bearer ${adminToken}x`, `Bearer ${adminToken.slice(0, -1)}`, adminToken, `Bearer ${adminToken} x`]
  for (const [method, path] of requests) {
    for (const authorization of wrong) {
      const answer = await fetch(url + path, {
        method,
        headers: { ...(authorization !== undefined && { authorization }), ...(method === 'POST' && { 'content-type': 'application/json' }) },
        body: method === 'POST' ? '{"id":"shop","name":"Shop"}' : null
      })
      t.equal(answer.status, 401, `${method} ${path} ${authorization}`)
      t.match(answer.headers.get('www-authenticate'), /^Bearer realm=/)
      if (method !== 'HEAD') t.match(await answer.json(), { code: 'unauthorized', status: 401 })
    }
  }
  t.equal(await store.revision(), 0)
  t.equal((await admin('GET', '/api-gateways')).status, 200)
})

t.test('the scheme is case-insensitive', async t => {
  const { url } = await startControlPlane(t)
  for (const scheme of ['bearer', 'BEARER']) t.equal((await fetch(`${url}/v1/api-gateways`, { headers: { authorization: `${scheme} ${adminToken}` } })).status, 200)
})

t.test('the token is not read from anywhere else', async t => {
  const { url } = await startControlPlane(t)
  t.equal((await fetch(`${url}/v1/api-gateways?access_token=${adminToken}`)).status, 401)
  t.equal((await fetch(`${url}/v1/api-gateways`, { headers: { 'x-api-key': adminToken, cookie: `token=${adminToken}` } })).status, 401)
})
