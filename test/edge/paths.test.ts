import t from 'tap'
import { startEdge } from '../support/edge.ts'

t.test('a path that could be read in two ways is refused', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/*' }] })
  const statusOf = async (target: string): Promise<string> => {
    const answer = await edge.raw(`GET ${target} HTTP/1.1\r\nHost: shop.api.localhost\r\nConnection: close\r\n\r\n`)
    return `${answer.slice(9, 12)} ${/"code":"(\w+)"/.exec(answer)?.[1] ?? ''}`.trim()
  }
  for (const target of ['/a/../b', '/..', '/a/.', '/./a', '/%2e%2e/a', '/a/%2E%2e', '/a/.%2e/b', '//a', '/a//b', '/a\\b', '/a%5cb', '/a%5C..%5cb',
    '/a#b', '/\xe9', '/%zz', '/%', '/%ff', '*', 'a/b', 'ftp://shop.api.localhost/a', 'http://shop.api.localhost/a/../b']) {
    t.equal(await statusOf(target), '400 malformed_request', target)
  }
  for (const target of ['/', '/a', '/a/', '/a.b', '/...', '/a/..b', '/a%20b', '/a%2Fb', '/a;b', '/%C3%A9', '/a?b=../c//d\\e']) {
    t.equal(await statusOf(target), '200', target)
  }
})

t.test('a function sees path and query as they were sent, and decoded parameters', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/users/:id/files/*' }] })
  const { json } = await edge.traffic('shop.api.localhost', '/users/%C3%A9%2F1/files/a/b%20c?q=%20+&q=2')
  t.match(json, {
    path: '/users/%C3%A9%2F1/files/a/b%20c',
    query: 'q=%20+&q=2',
    url: 'http://shop.api.localhost/users/%C3%A9%2F1/files/a/b%20c?q=%20+&q=2',
    params: { id: 'é/1', '*': 'a/b c' }
  })
})
