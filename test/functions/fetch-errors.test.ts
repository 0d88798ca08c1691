import t from 'tap'
import { startDns } from '../support/dns.ts'
import { reachable, startEgress, startTarget } from '../support/egress.ts'
import { bodyJson, makeFunction, startFunctions } from '../support/functions.ts'

const dns = await startDns(t, name => name === 'inside.example' ? ['10.0.0.7'] : name === 'outside.example' ? [reachable] : 'nxdomain')
const egress = await startEgress(t, { dns: [dns.address] })
const { call } = await startFunctions(t, { egressSocket: egress.socketPath })

/** What a function catches: the error's name, its message, and the code of its cause. */
async function caught (expression: string): Promise<unknown> {
  return bodyJson(await call(await makeFunction(`export default async () => {
    try { return ${expression} } catch (e) { return [e.name, e.message, e.cause?.code, e instanceof TypeError] }
  }`)))
}

t.test('an address that is not public is refused, and the error says so', async t => {
  for (const host of ['127.0.0.1', '[::1]', '169.254.169.254', '2130706433', '0x7f.1', '[::ffff:10.0.0.1]']) {
    t.match(await caught(`await fetch('http://${host}/')`), ['TypeError', / is not public$/, 'address_not_public', true], host)
  }
  t.match(await caught('await fetch("http://localhost/")'), ['TypeError', /./, 'address_not_public'])
  t.match(await caught('await fetch("http://inside.example/")'), ['TypeError', 'the name inside.example does not lead to a public address', 'address_not_public'])
  t.match(await caught('await fetch("http://nowhere.example/")'), ['TypeError', /does not resolve/, 'name_not_resolved'])
})

t.test('a redirect leads nowhere else either', async t => {
  const target = await startTarget(t, (_request, response) => { response.writeHead(302, { location: 'http://127.0.0.1/' }).end() })
  t.match(await caught(`await fetch('http://outside.example:${target.port}/')`), ['TypeError', /not public/, 'address_not_public'])
})

t.test('only http and https', async t => {
  for (const url of ['data:text/plain,hi', 'blob:null/7', 'ftp://example.com/', 'file:///etc/passwd']) {
    t.match(await caught(`await fetch('${url}')`), ['TypeError', /only http and https/, 'request_invalid'], url)
  }
})

t.test('what cannot be a request', async t => {
  for (const expression of ['fetch("/relative")', 'fetch("http://user:pass@example.com/")', 'fetch("http://example.com", { method: "CONNECT" })',
    'fetch("http://example.com", { body: "x" })', 'fetch("http://example.com", { headers: { "a b": "c" } })', 'fetch("http://example.com", { integrity: "sha256-x" })',
    'fetch(Symbol())', 'fetch("http://example.com", { method: "POST", body: new ReadableStream() })']) {
    t.match(await caught(`await ${expression}`), ['TypeError', /./, undefined, true], expression)
  }
  t.match(await caught('await fetch("http://example.com/?" + "x".repeat(200_000))'), ['TypeError', /too large/, 'request_too_large'])
  t.match(await caught('await fetch("http://outside.example", { method: "POST", body: "x".repeat(10_000_001) })'), ['TypeError', /larger than 10 MB/, 'request_too_large'])
  t.match(await caught('await fetch("http://outside.example", { headers: { a: "x".repeat(40_000) } })'), ['TypeError', /./, 'request_too_large'])
})

t.test('a server that is not there, or breaks', async t => {
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/body') response.write('some', () => response.destroy())
    else response.destroy()
  })
  t.match(await caught(`await fetch('${target.origin}')`), ['TypeError', /closed the connection/, 'connection_lost'])
  t.match(await caught(`await (await fetch('${target.origin}/body')).text()`), ['TypeError', /closed the connection/, 'connection_lost'])
  t.match(await caught(`await (await fetch('${target.origin}/body')).body.pipeTo(new WritableStream())`), ['TypeError', /closed the connection/, 'connection_lost'])
  target.server.close()
  t.match(await caught(`await fetch('${target.origin}')`), ['TypeError', /refused/, 'connect_failed'])
})

t.test('a body that breaks breaks the request', async t => {
  const target = await startTarget(t)
  t.match(await caught(`await fetch('${target.origin}', { method: 'POST', duplex: 'half', body: (async function * () { yield 'a'; throw new Error('mine') })() })`), ['TypeError', /body/])
})

t.test('an egress that dies takes the requests in flight along, and no more', async t => {
  const arrived = Promise.withResolvers<void>()
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/fine') response.end('"fine"')
    else arrived.resolve()
  })
  const lost = caught(`await fetch('${target.origin}/never')`)
  await arrived.promise
  process.kill(egress.pid()!, 'SIGKILL')
  t.match(await lost, ['TypeError', /interrupted/, 'unavailable'])
  t.strictSame(await caught(`[await (await fetch('${target.origin}/fine')).json()]`), ['fine'])
})

t.test('without an egress there is no way out', async t => {
  const { call } = await startFunctions(t)
  const fn = await makeFunction('export default async () => { try { await fetch("http://example.com") } catch (e) { return [e.name, e.cause.code] } }')
  t.strictSame(bodyJson(await call(fn)), ['TypeError', 'unavailable'])
})

t.test('the stack leads to the line that asked', async t => {
  const fn = await makeFunction('export default async () => {\n  await fetch("http://127.0.0.1/")\n}')
  const { call, line } = await startFunctions(t, { egressSocket: egress.socketPath })
  await t.rejects(call(fn), { code: 'function_failed' })
  const { fields } = await line(({ level }) => level === 'error')
  t.match(fields.stack, /^TypeError: address 127\.0\.0\.1 is not public\n {4}at async .*index\.ts:2:\d+\)?$/)
})
