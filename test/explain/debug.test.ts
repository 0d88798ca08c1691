import t, { type Test } from 'tap'
import { sealDebugToken } from '#shared/debug-tokens.ts'
import { createSecretBox, createSecretKey } from '#shared/secret-box.ts'
import { startEdge, type TestEdge, type TestFunction } from '../support/edge.ts'
import type { GatewayOptions } from '../support/gateway-items.ts'
import { startProxied } from '../support/upstream.ts'

const host = 'shop.api.localhost'
const box = createSecretBox([createSecretKey()])
const prod = { gatewayId: 'shop', environment: 'prod' }

interface Shown { requestId: string, error?: string, client: string | null, stages: Array<{ stage: string, decision: string, reason?: string }> }

async function start (t: Test, gateway: GatewayOptions = {}, functions: Record<string, TestFunction> = {}): Promise<{ edge: TestEdge, key: string, token: string }> {
  const edge = await startEdge(t, { functions, openSecret: box.open })
  edge.addGateway('shop', gateway)
  return { edge, key: edge.addClient('shop', 'prod', 'mobile'), token: sealDebugToken(box, prod, edge.clock.now() + 1_000) }
}

function shown (header: unknown): Shown {
  return JSON.parse(String(header)) as Shown
}

t.test('an answer to a request with a token says what the request has met', async t => {
  const { edge, key, token } = await start(t, {}, { hello: () => ({ status: 200, headers: [['x-imprun-debug', 'forged'], ['server-timing', 'db;dur=5'], ['cache-control', 'max-age=60']], body: 'hi' }) })
  const { headers } = await edge.traffic(host, '/hello', { key, headers: { 'x-imprun-debug': token } })
  const debug = shown(headers['x-imprun-debug'])
  t.match(debug, { requestId: headers['x-request-id'], client: 'mobile', route: 'hello', release: 1, revision: Number, ms: Number })
  t.match(debug.stages.at(-1), { stage: 'function', decision: 'answered' })
  t.match(headers['server-timing'], /^db;dur=5, .*function;dur=[\d.]+, total;dur=[\d.]+$/)
  t.equal(headers['cache-control'], 'no-store')

  const plain = await edge.traffic(host, '/hello', { key })
  t.match(plain.headers, { 'x-imprun-debug': undefined, 'server-timing': 'db;dur=5', 'cache-control': 'max-age=60' }, 'without one nothing is said, and no function can say it')
})

t.test('refusals are shown as well, and what an upstream answers', async t => {
  const { edge, target } = await startProxied(t, (_request, response) => { response.end('up') }, { plugins: {}, openSecret: box.open })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const token = sealDebugToken(box, prod, edge.clock.now() + 1_000)
  const refused = await edge.traffic(host, '/up', { headers: { 'x-imprun-debug': token } })
  t.equal(refused.status, 401)
  t.match(shown(refused.headers['x-imprun-debug']).stages.at(-1), { stage: 'authentication', decision: 'refused', reason: 'api_key_missing' })
  const answered = await edge.traffic(host, '/up', { key, headers: { 'x-imprun-debug': token } })
  t.match(answered, { status: 200, text: 'up' })
  t.match(shown(answered.headers['x-imprun-debug']).stages.at(-1), { stage: 'upstream', decision: 'answered' })
  t.equal(target.requests.at(-1)!.headers['x-imprun-debug'], undefined, 'it goes no further')
})

t.test('no function sees a token, good or not', async t => {
  const { edge, key, token } = await start(t)
  for (const sent of [token, 'nothing of the kind']) {
    const { json } = await edge.traffic(host, '/hello', { key, headers: { 'x-imprun-debug': sent } })
    t.equal((json as { headers: Record<string, unknown> }).headers['x-imprun-debug'], undefined)
  }
})

t.test('a token ends by its time, and is one environment\'s', async t => {
  const { edge, key, token } = await start(t)
  const ask = async (sent: string, from = host): Promise<Shown> => shown((await edge.traffic(from, '/hello', { key, headers: { 'x-imprun-debug': sent } })).headers['x-imprun-debug'])
  t.equal((await ask(token)).error, undefined)
  const others = [sealDebugToken(box, { ...prod, environment: 'dev' }, Infinity), sealDebugToken(box, { ...prod, gatewayId: 'other' }, Infinity), sealDebugToken(createSecretBox([createSecretKey()]), prod, edge.clock.now() + 1_000)]
  for (const other of [...others, `${token}x`, token.slice(0, -1), '', 'impd_v1.00000000.x.y', `impd_${box.seal(String(edge.clock.now() + 1_000), 'shop/prod/debug-token')}`]) {
    t.strictSame(await ask(other), { error: 'invalid' })
  }
  t.strictSame(await ask(token, 'shop-dev.api.localhost'), { error: 'invalid' })
  edge.clock.set(edge.clock.now() + 1_000)
  t.strictSame(await ask(token), { error: 'expired' })
})

t.test('tokens are opened so often and no more', async t => {
  const { edge, key, token } = await start(t)
  const answers = await Promise.all(Array.from({ length: 150 }, async () => await edge.traffic(host, '/hello', { key, headers: { 'x-imprun-debug': token } })))
  const errors = answers.map(({ headers }) => shown(headers['x-imprun-debug']).error)
  t.equal(errors.filter(error => error === 'too_many').length, 50)
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
})

t.test('what it says has a bound, and stands in ASCII', async t => {
  const { edge, token } = await start(t, { environmentPlugins: { mocking: { routes: { hello: { body: 'x' } } }, none: {} }, routes: [{ path: '/*', functionName: 'hello' }] })
  const { headers } = await edge.traffic(host, '/hello', { headers: { 'x-imprun-debug': token } })
  t.match(headers['x-imprun-debug'], /^[\x20-\x7e]{1,4096}$/)
  t.match(shown(headers['x-imprun-debug']).stages.at(-1), { stage: 'meeting', decision: 'answered', reason: 'mocking' })
})
