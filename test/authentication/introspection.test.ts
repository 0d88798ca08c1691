import t from 'tap'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { startTarget } from '../support/egress.ts'

const host = 'shop.api.localhost'

interface Endpoint { edge: TestEdge, asked: string[], authorizations: Set<string | undefined>, answer: { status: number, body: string }, pass: (seconds: number) => void }

async function start (t: Parameters<typeof startEdge>[0], more: object = {}): Promise<Endpoint> {
  const asked: string[] = []
  const authorizations = new Set<string | undefined>()
  const answer = { status: 200, body: '{"active":true}' }
  const target = await startTarget(t, (request, response) => {
    authorizations.add(request.headers.authorization)
    let form = ''
    request.setEncoding('utf8').on('data', (chunk: string) => { form += chunk }).on('end', () => {
      asked.push(form)
      response.writeHead(answer.status, { location: 'http://127.0.0.2:1/', 'content-type': 'application/json' }).end(answer.body)
    })
  })
  const edge = await startEdge(t, { openSecret: () => 's:ecret' })
  edge.addGateway('shop', {
    plugins: { 'oauth2-introspection': { url: `${target.origin}/introspect?x=1`, clientId: 'the gateway', clientSecretVariable: 'S', allowHttp: true, ...more } }, secrets: { S: 'sealed' }
  })
  return { edge, asked, authorizations, answer, pass: seconds => edge.clock.set(edge.clock.now() + seconds * 1000) }
}

async function codeOf (edge: TestEdge, token: string): Promise<unknown> {
  const { status, json } = await edge.traffic(host, '/hello', { headers: { authorization: `Bearer ${token}` } })
  return status === 200 ? 200 : (json as { code: string }).code
}

t.test('each token is asked about once in a while, by all who come meanwhile together', async t => {
  const { edge, asked, authorizations, answer, pass } = await start(t, { cacheSeconds: 20 })
  t.strictSame(await Promise.all([1, 2, 3].map(async () => await codeOf(edge, 'a+b'))), [200, 200, 200])
  t.strictSame(asked, ['token=a%2Bb&token_type_hint=access_token'])
  t.strictSame([...authorizations], [`Basic ${Buffer.from('the%20gateway:s%3Aecret').toString('base64')}`])
  answer.body = '{"active":false}'
  t.equal(await codeOf(edge, 'a+b'), 200)
  t.equal(await codeOf(edge, 'c'), 'token_invalid')
  t.equal(await codeOf(edge, 'c'), 'token_invalid')
  t.equal(asked.length, 2)
  pass(10)
  answer.body = '{"active":true}'
  t.equal(await codeOf(edge, 'c'), 200, 'what is not good is not kept for as long')
  pass(10)
  answer.body = '{"active":false}'
  t.equal(await codeOf(edge, 'a+b'), 'token_invalid')
})

t.test('what is said of a token is looked at', async t => {
  const { edge, answer } = await start(t, { cacheSeconds: 0, issuer: 'https://i', audience: 'me' })
  const now = edge.clock.now() / 1000
  const good = { active: true, iss: 'https://i', aud: 'me' }
  for (const [claims, code] of [
    [good, 200], [{ ...good, aud: ['x', 'me'], exp: now + 1, nbf: now }, 200],
    [{ ...good, exp: now }, 'token_expired'], [{ ...good, nbf: now + 1 }, 'token_invalid'], [{ ...good, iss: undefined }, 'token_invalid'], [{ ...good, aud: 'you' }, 'token_invalid'],
    [{ ...good, active: 'true' }, 'identity_unavailable'], [[good], 'identity_unavailable'], [null, 'identity_unavailable']
  ] as const) {
    answer.body = JSON.stringify(claims)
    t.equal(await codeOf(edge, 't'), code, answer.body)
  }
})

t.test('an endpoint that fails is left alone for a while, and lets nobody in', async t => {
  const { edge, asked, answer, pass } = await start(t)
  for (const [status, body] of [[500, '{"active":true}'], [302, '{"active":true}'], [200, `{"active":true,"filler":"${'x'.repeat(20_000)}"}`]] as const) {
    Object.assign(answer, { status, body })
    t.equal(await codeOf(edge, 't'), 'identity_unavailable', `${status}`)
  }
  t.equal(asked.length, 3)
  t.equal(await codeOf(edge, 't'), 'identity_unavailable')
  t.equal(asked.length, 3)
  Object.assign(answer, { status: 200, body: '{"active":true}' })
  pass(1)
  t.equal(await codeOf(edge, 't'), 200)
})
