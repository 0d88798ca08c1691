import t from 'tap'
import { startDns } from '../support/dns.ts'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

t.test('a redirect leads nowhere that a function could not have asked for', async t => {
  const dns = await startDns(t, () => ['10.0.0.1'])
  const internal = await startTarget(t, undefined, { host: '127.0.0.1' })
  const target = await startTarget(t, (request, response) => {
    response.writeHead(302, { location: decodeURIComponent(request.url!.slice(1)) }).end()
  })
  const egress = openEgress(t, { dns: [dns.address] })
  const cases: Array<[location: string, code: string]> = [
    [`http://127.0.0.1:${internal.port}/`, 'address_not_public'],
    [`http://2130706433:${internal.port}/`, 'address_not_public'],
    [`//[::ffff:127.0.0.1]:${internal.port}/`, 'address_not_public'],
    ['http://169.254.169.254/latest/meta-data/', 'address_not_public'],
    [`http://intranet.example:${internal.port}/`, 'address_not_public'],
    ['file:///etc/passwd', 'redirect_invalid'],
    ['ftp://127.0.0.2/', 'redirect_invalid'],
    ['data:text/plain,hello', 'redirect_invalid'],
    ['javascript:alert(1)', 'redirect_invalid'],
    ['http://user:password@127.0.0.2/', 'redirect_invalid'],
    ['http://[', 'redirect_invalid'],
    ['http://127.0.0.2:25/', 'port_not_allowed']
  ]
  for (const [location, code] of cases) {
    t.match(await fetchAll(egress, `${target.origin}/${encodeURIComponent(location)}`), { code }, location)
  }
  t.equal(internal.sockets.length, 0)
})

t.test('the message says which redirect and why', async t => {
  const target = await startTarget(t, (_request, response) => { response.writeHead(302, { location: 'http://127.0.0.1/admin' }).end() })
  t.match(await fetchAll(openEgress(t), target.origin), { message: 'redirected to "http://127.0.0.1/admin": address 127.0.0.1 is not public' })
})

t.test('several locations that differ', async t => {
  const target = await startTarget(t, (_request, response) => { response.writeHead(302, ['location', '/a', 'location', '/b']).end() })
  t.match(await fetchAll(openEgress(t), target.origin), { code: 'redirect_invalid' })
})

t.test('a location may be relative, and in UTF-8', async t => {
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/a/b') response.writeHead(302, { location: Buffer.from('../é?q=ü').toString('latin1') })
    response.end(request.url)
  })
  t.match(await fetchAll(openEgress(t), `${target.origin}/a/b`), { status: 200, redirected: true, text: '/%C3%A9?q=%C3%BC', url: `${target.origin}/%C3%A9?q=%C3%BC` })
})
