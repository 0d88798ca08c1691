import t from 'tap'
import { environmentDomain, gatewayDomain, parseAuthority, parseGatewayHost, previewDomain } from '#shared/host.ts'

t.test('hosts are read back as they are made', async t => {
  t.strictSame(parseGatewayHost(gatewayDomain('shop', 'example.com'), 'example.com'), { gatewayId: 'shop', environment: null, release: null })
  for (const environment of ['dev', 'prod', 'eu-west', 'a-1-b']) {
    t.strictSame(parseGatewayHost(environmentDomain('shop', environment, 'localhost'), 'localhost'), { gatewayId: 'shop', environment, release: null })
    t.strictSame(parseGatewayHost(previewDomain('shop', environment, 42, 'localhost'), 'localhost'), { gatewayId: 'shop', environment, release: 42 })
  }
})

t.test('the longest host of a preview is a DNS label', async t => {
  const host = previewDomain(`a${'1'.repeat(29)}`, `b${'2'.repeat(19)}`, 9_999_999_999, 'example.com')
  t.equal(host.split('.')[0]!.length, 63)
  t.match(parseGatewayHost(host, 'example.com'), { release: 9_999_999_999 })
})

t.test('what is not below the base domain belongs to no gateway', async t => {
  for (const host of ['localhost', 'api.localhost', '.api.localhost', 'shop.localhost', 'a.shop.api.localhost', 'shop.api.localhost.evil.com',
    'sh.api.localhost', 'shop-.api.localhost', 'shop-a--b.api.localhost', '1shop.api.localhost', 'shop_x.api.localhost', 'shop--1.api.localhost', 'shop-dev--.api.localhost',
    'shop-dev--0.api.localhost', 'shop-dev--01.api.localhost', 'shop-dev--x1.api.localhost', 'shop-dev---1.api.localhost', 'shop-dev--12345678901.api.localhost',
    'shop-dev--1--2.api.localhost', 'shop-dev-1--.api.localhost']) {
    t.equal(parseGatewayHost(host, 'localhost'), null, host)
  }
})

t.test('an authority is a host with an optional port', async t => {
  t.equal(parseAuthority('Shop.API.localhost:8080'), 'shop.api.localhost')
  t.equal(parseAuthority('127.0.0.1'), '127.0.0.1')
  t.equal(parseAuthority('[::1]:8080'), '[::1]')
  for (const odd of ['', 'a@b', 'a/b', 'a.', 'a..b', 'a:b', 'a:123456', 'a:65536', '[::1]x', ' a', 'a b', '[::1', 'a,b', '-a', 'a'.repeat(300)]) {
    t.equal(parseAuthority(odd), null, JSON.stringify(odd))
  }
})
