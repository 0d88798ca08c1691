import t from 'tap'
import { compilePath } from '#shared/path-template.ts'
import { host, startProxied } from '../support/upstream.ts'

t.test('a path goes on as it was sent, behind that of the upstream, and the query raw', async t => {
  const { edge, target } = await startProxied(t, (request, response) => { response.end(request.url) }, { base: '/base' })
  t.match(await edge.traffic(host, '/a%2Fb;c/%C3%A4/?q=%20+&&x'), { status: 200, text: '/base/a%2Fb;c/%C3%A4/?q=%20+&&x' })
  t.equal(target.requests[0]!.headers.host, target.origin.slice(7))
  t.match(await edge.traffic(host, '/..%2f'), { status: 200, text: '/base/..%2f' })
  t.match(await edge.raw(`GET /a/%2e%2e/b HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 400 /)
  t.equal(target.requests.length, 2)
})

t.test('another path is made of the segments that were matched, as they were sent', async t => {
  const { edge } = await startProxied(t, (request, response) => { response.end(request.url) }, { path: '/shops/:shop/*', askedPath: '/v2/*' })
  t.match(await edge.traffic(host, '/shops/7/a%2Fb/c?q'), { status: 200, text: '/v2/a%2Fb/c?q' })

  const ask = (pattern: string, template: string | undefined, path: string): string => compilePath(pattern, template)(path)
  t.equal(ask('/orders/:id', undefined, '/orders/7'), '/orders/7')
  t.equal(ask('/orders/:id', '/v2/:id/whole', '/orders/a%2Fb'), '/v2/a%2Fb/whole')
  t.equal(ask('/:a/:b', '/:b/:a/:b', '/1/2'), '/2/1/2')
  t.equal(ask('/:a/*', '/*', '/1/2/3/'), '/2/3/')
  t.equal(ask('/files/*', '/*', '/files/'), '/')
  t.equal(ask('/orders', '/', '/orders'), '/')
  t.equal(ask('/:id', '/constant', '/7'), '/constant')
})
