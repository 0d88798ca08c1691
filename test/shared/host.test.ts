import t from 'tap'
import { environmentDomain, gatewayDomain, parseAuthority, parseGatewayHost } from '#shared/host.ts'

t.test('hosts are read back as they are made', async t => {
  t.strictSame(parseGatewayHost(gatewayDomain('shop', 'example.com'), 'example.com'), { gatewayId: 'shop', environment: null })
  for (const environment of ['dev', 'prod', 'eu-west', 'a-1-b']) {
    t.strictSame(parseGatewayHost(environmentDomain('shop', environment, 'localhost'), 'localhost'), { gatewayId: 'shop', environment })
  }
})

t.test('what is not below the base domain belongs to no gateway', async t => {
  for (const host of ['localhost', 'api.localhost', '.api.localhost', 'shop.localhost', 'a.shop.api.localhost', 'shop.api.localhost.evil.com',
    'sh.api.localhost', 'shop-.api.localhost', 'shop-a--b.api.localhost', '1shop.api.localhost', 'shop_x.api.localhost']) {
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
