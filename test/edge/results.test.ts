import t, { type Test } from 'tap'
import { Problem } from '#shared/errors.ts'
import type { FunctionResult } from '../../data-plane/functions/runner.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

/** Sends one request whose function returns this. */
async function answerTo (t: Test, result: FunctionResult | (() => FunctionResult)) {
  const edge = await startEdge(t, { functions: { hello: () => typeof result === 'function' ? result() : result } })
  edge.addGateway('shop', { plugins: { none: {} } })
  return await edge.traffic(host, '/hello')
}

t.test('status, headers and body are the function\'s', async t => {
  const answer = await answerTo(t, {
    status: 201, headers: [['Content-Type', 'application/json'], ['Location', '/users/7'], ['Set-Cookie', 'a=1'], ['set-cookie', 'b=2'], ['link', '<1>'], ['link', '<2>']], body: '{"é":1}'
  })
  t.match(answer, { status: 201, text: '{"é":1}', headers: { location: '/users/7', 'set-cookie': ['a=1', 'b=2'], link: '<1>, <2>', 'content-length': '8' } })
  t.equal(answer.headers['content-type'], 'application/json', 'no charset is added')
})

t.test('bytes', async t => {
  const answer = await answerTo(t, { status: 200, headers: [['content-type', 'image/png']], body: Buffer.from([0x89, 0x50]) })
  t.match(answer.headers, { 'content-type': 'image/png', 'content-length': '2' })
})

t.test('answers without a body', async t => {
  for (const status of [204, 304]) {
    const answer = await answerTo(t, { status, headers: [['etag', '"1"']], body: 'not sent' })
    t.match(answer, { status, text: '', headers: { etag: '"1"' } })
    t.notHas(answer.headers, 'content-length')
  }
  t.match(await answerTo(t, { status: 200, headers: [], body: null }), { status: 200, text: '', headers: { 'content-length': '0' } })
  t.match(await answerTo(t, { status: 200, headers: [], body: '' }), { status: 200, text: '', headers: { 'content-length': '0' } })
})

t.test('framing, connection and id are the gateway\'s', async t => {
  const answer = await answerTo(t, {
    status: 200,
    headers: [['Content-Length', '3'], ['Transfer-Encoding', 'chunked'], ['Connection', 'close, x'], ['keep-alive', 'timeout=9999'], ['upgrade', 'h2c'], ['trailer', 'x'],
      ['X-Request-Id', 'mine'], ['RateLimit', 'none']],
    body: 'hello'
  })
  t.match(answer, { status: 200, text: 'hello', headers: { 'content-length': '5', connection: 'keep-alive' } })
  t.not(answer.headers['x-request-id'], 'mine')
  for (const name of ['transfer-encoding', 'upgrade', 'trailer', 'ratelimit']) t.notHas(answer.headers, name)
})

t.test('what HTTP does not allow is not sent, and nothing of it remains', async t => {
  for (const [name, value] of [['x\r\nset-cookie', 'a'], ['x', 'a\r\nset-cookie: b'], ['x', 'a\nb'], ['x', 'a\0b'], ['', 'a'], ['x y', 'a'], ['x:', 'a'], ['x', '\u{1f600}']] as const) {
    const answer = await answerTo(t, { status: 200, headers: [['content-encoding', 'gzip'], [name, value]], body: 'x' })
    t.match(answer, { status: 500, json: { code: 'function_result_invalid' } }, JSON.stringify([name, value]))
    t.notHas(answer.headers, 'content-encoding')
    t.notHas(answer.headers, 'set-cookie')
  }
  for (const status of [0, 99, 100, 101, 199, 600, 200.5, NaN]) {
    t.match(await answerTo(t, { status, headers: [], body: 'x' }), { status: 500, json: { code: 'function_result_invalid' } }, String(status))
  }
})

t.test('only a problem says anything to the caller', async t => {
  t.match(await answerTo(t, () => { throw new Problem('function_timeout', 'The function took more than 10 s.') }), {
    status: 504, json: { code: 'function_timeout', detail: 'The function took more than 10 s.' }
  })
  const answer = await answerTo(t, () => { throw new Error('password in /etc/secret') })
  t.match(answer, { status: 500, json: { code: 'internal', title: 'Something went wrong' } })
  t.notMatch(answer.text, /password|secret|\bat /)
})
