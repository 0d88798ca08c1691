import t, { type Test } from 'tap'
import { startEdge, type TestEdge } from '../support/edge.ts'

const ok = /^HTTP\/1\.1 200 /
const invalid = /^HTTP\/1\.1 400 [^]*"code":"host_invalid"/

async function withShop (t: Test): Promise<TestEdge> {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  return edge
}

t.test('exactly one Host header', async t => {
  const { raw } = await withShop(t)
  const close = 'Connection: close\r\n\r\n'
  t.match(await raw(`GET /hello HTTP/1.1\r\nHost: shop.api.localhost\r\n${close}`), ok)
  t.match(await raw(`GET /hello HTTP/1.1\r\nHost: shop.api.localhost\r\nHost: evil.com\r\n${close}`), invalid)
  t.match(await raw(`GET /hello HTTP/1.1\r\nHost: shop.api.localhost\r\nhOST: shop.api.localhost\r\n${close}`), invalid, 'not even the same one twice')
  t.match(await raw(`GET /hello HTTP/1.1\r\n${close}`), invalid)
  t.match(await raw(`GET /hello HTTP/1.0\r\n${close}`), invalid)
})

t.test('what is not a host with an optional port is refused', async t => {
  const { raw } = await withShop(t)
  for (const host of ['', 'a@shop.api.localhost', 'shop.api.localhost/x', 'shop.api.localhost.', 'shop..api.localhost', 'shop.api.localhost:x',
    'shop.api.localhost:99999', 'shop.api.localhost, other.api.localhost', 'shop.api.localhost#', '\xe9.api.localhost', '[::1']) {
    t.match(await raw(`GET /hello HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), invalid, JSON.stringify(host))
  }
})

t.test('an absolute-form target is decided like a Host header, and wins over it', async t => {
  const { raw } = await withShop(t)
  const get = async (target: string, host: string): Promise<string> => await raw(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  t.match(await get('http://shop.api.localhost/hello', 'shop.api.localhost'), ok)
  t.match(await get('http://shop-dev.api.localhost:80/hello?x=1', 'shop.api.localhost'), /"url":"http:\/\/shop-dev\.api\.localhost:80\/hello\?x=1"[^]*"environment":"dev"/)
  t.match(await get('HTTP://shop.api.localhost/hello', 'evil.com'), ok)
  t.match(await get('http://evil.com/hello', 'shop.api.localhost'), /404 [^]*host_unknown/)
  t.match(await get('http://a@shop.api.localhost/hello', 'shop.api.localhost'), invalid)
  t.match(await get('http:///hello', 'shop.api.localhost'), invalid)
  t.match(await get('http://shop.api.localhost', 'shop.api.localhost'), /404 [^]*route_not_found/, 'an empty path is /')
  t.match(await get('http://shop.api.localhost?x', 'shop.api.localhost'), /404 [^]*route_not_found/)
  t.match(await raw('GET http://shop.api.localhost/hello HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'), invalid, 'two Hosts are two Hosts')
  t.match(await raw('GET http://shop.api.localhost/hello HTTP/1.1\r\nConnection: close\r\n\r\n'), invalid, 'Host is required beside it')
})
