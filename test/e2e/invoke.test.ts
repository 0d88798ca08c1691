import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'

const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2' } })
const shop = await openShop(platform)

interface Invoked {
  requestId: string
  response: { status: number, headers: Record<string, string | string[]>, body?: string, bodyBase64?: string, truncated: boolean } | null
  error: { code: string, status: number } | null
  logs: Array<{ level: string, message: string, fields: Record<string, unknown> }>
  logsTruncated: boolean
  durationMs: number
  cpuMs: number | null
  memoryBytes: number | null
}

async function invoke (name: string, body: object): Promise<Invoked> {
  const answer = await platform.admin('POST', `/api-gateways/shop/functions/${name}/invoke`, body)
  if (answer.status !== 200) throw new Error(`it answered ${answer.status}: ${answer.text}`)
  return answer.json as Invoked
}

t.test('unpublished source runs with a request, variables and secrets, and is stored nowhere', async t => {
  await shop.setVariable('dev', 'PLACE', 'here')
  await platform.admin('PUT', '/api-gateways/shop/environments/dev/variables/TOKEN', { value: 'hush', secret: true })
  const source = `export default async (ctx) => {
    ctx.log.info('seen', { body: ctx.body })
    console.warn('second')
    return Response.json({
      method: ctx.method, path: ctx.path, params: ctx.params, query: ctx.query, header: ctx.headers['x-own'], host: ctx.headers.host,
      place: ctx.env.PLACE, token: ctx.env.TOKEN, environment: ctx.environment, client: ctx.client, url: ctx.request.url, requestId: ctx.requestId
    }, { status: 201, headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['x-out', 'yes']] })
  }`
  const invoked = await invoke('draft', {
    source,
    path: '/products/:id',
    request: { method: 'POST', path: '/products/7%20a', query: 'full=1', headers: { 'X-Own': 'mine', 'content-type': 'application/json' }, body: '{"a":1}' }
  })
  t.match(invoked.response, { status: 201, headers: { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'], 'x-out': 'yes' }, truncated: false })
  t.strictSame(JSON.parse(invoked.response!.body!), {
    method: 'POST',
    path: '/products/7%20a',
    params: { id: '7 a' },
    query: { full: '1' },
    header: 'mine',
    host: 'shop-dev.api.localhost',
    place: 'here',
    token: 'hush',
    environment: 'dev',
    client: null,
    url: 'http://shop-dev.api.localhost/products/7%20a?full=1',
    requestId: invoked.requestId
  })
  t.match(invoked.logs, [{ level: 'info', message: 'seen', fields: { body: { a: 1 } } }, { level: 'warn', message: 'second' }])
  t.equal(invoked.error, null)
  t.ok(invoked.memoryBytes! > 100_000 && invoked.memoryBytes! < 64 * 1024 * 1024, String(invoked.memoryBytes))
  t.ok(invoked.cpuMs! > 0 && invoked.durationMs > 0)
  t.notMatch(platform.output(), /"msg":"seen"/, 'its lines are the caller\'s alone')

  t.equal((await platform.admin('GET', '/api-gateways/shop/functions/draft')).status, 404)
  t.equal((await platform.admin('GET', '/api-gateways/shop/environments/dev')).status, 200)
})

t.test('what throws is answered with its error, and with its stack in the author\'s own lines', async t => {
  const { response, error, logs } = await invoke('draft', { source: 'const a: number = 1\n\nfunction inner (): never { throw new Error(`broken ${a}`) }\nexport default () => inner()' })
  t.equal(response, null)
  t.match(error, { code: 'function_failed', status: 500 })
  t.match(JSON.stringify(logs), /broken 1.*draft\.ts:3:34.*draft\.ts:4/)
})

t.test('the newest saved version runs where no source is sent', async t => {
  await shop.save('saved', '/saved/:name', 'export default (ctx) => ({ hello: ctx.params.name, place: ctx.env.PLACE ?? null })')
  const invoked = await invoke('saved', { environment: 'prod', request: { path: '/saved/you' } })
  t.strictSame(JSON.parse(invoked.response!.body!), { hello: 'you', place: null })
})

t.test('two invocations share nothing, with each other or with the released version', async t => {
  const source = 'let calls = 0\nexport default () => ({ calls: ++calls })'
  await shop.save('counter', '/counter', source)
  const { key } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/counter', answer => answer.status === 200, { key })
  for (let i = 0; i < 2; i++) t.equal((await invoke('counter', { source })).response!.body, '{"calls":1}')
  t.not((await shop.ask('dev', '/counter', { key })).text, '{"calls":1}')
})

t.test('bytes, streams and large answers', async t => {
  const bytes = await invoke('draft', { source: 'export default (ctx) => new Response(ctx.body)', request: { method: 'POST', bodyBase64: '/wD+', headers: { 'content-type': 'application/octet-stream' } } })
  t.match(bytes.response, { bodyBase64: '/wD+', truncated: false })
  const stream = await invoke('draft', { source: 'export default async function * () { yield "a"; await new Promise(resolve => setTimeout(resolve, 20)); yield "b" }' })
  t.match(stream.response, { status: 200, body: 'ab', truncated: false })
  const large = await invoke('draft', { source: 'export default () => "é".repeat(800_000)' })
  t.equal(large.response!.truncated, true)
  t.equal(large.response!.body!.length, 512 * 1024)
  const endless = await invoke('draft', { source: 'export default async function * () { for (;;) yield "x".repeat(50_000) }', timeoutMs: 5_000 })
  t.equal(endless.response!.truncated, true)
  t.equal(endless.response!.body!.length, 1024 * 1024)
  const slow = await invoke('draft', { source: 'export default async function * () { yield "first"; await new Promise(() => {}) }', timeoutMs: 300 })
  t.match(slow, { response: { body: 'first', truncated: true }, error: { code: 'function_timeout', status: 504 } })
})

t.test('hostile source gets an error, and the data plane goes on', async t => {
  const sources = [
    [/^function_timeout$/, 'export default () => { for (;;); }'],
    // Which of the limits it meets first is the machine's choice.
    [/^(?:function_memory_exceeded|function_timeout|sandbox_lost)$/, 'export default () => { const all = []; for (;;) all.push(new Array(1e5).fill(1.5)) }'],
    [/^function_result_invalid$/, 'export default () => { const a = {}; a.a = a; return a }'],
    [/^function_failed$/, 'throw new Error("while it is loaded"); export default () => 1']
  ] as const
  for (const [code, source] of sources) {
    const { error, logs } = await invoke('draft', { source, timeoutMs: 3_000 })
    t.match(error?.code, code)
    t.ok(logs.length > 0, String(code))
  }
  const flood = await invoke('draft', { source: 'export default () => { for (let i = 0; i < 1e4; i++) console.log("line " + i) }' })
  t.equal(flood.logsTruncated, true)
  t.equal(flood.logs.length, 200)
  t.match(await invoke('draft', { source: 'export default () => "well"' }), { response: { body: 'well' }, error: null })
})

t.test('a response cannot break out of its headers', async t => {
  const headers = '{ "transfer-encoding": "chunked", "x-request-id": "forged", "x-a": "b" }'
  const { response } = await invoke('draft', { source: `export default () => new Response(new Uint8Array(1), { headers: ${headers} })` })
  t.strictSame(response!.headers, { 'x-a': 'b' })
})
