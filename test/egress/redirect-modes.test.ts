import t from 'tap'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

t.test('redirects end after as many as are allowed', async t => {
  const target = await startTarget(t, (request, response) => {
    const left = Number(request.url!.slice(1))
    if (left > 0) response.writeHead(302, { location: `/${left - 1}` })
    response.end('arrived')
  })
  t.match(await fetchAll(openEgress(t), `${target.origin}/20`), { status: 200, text: 'arrived' })
  t.strictSame(await fetchAll(openEgress(t), `${target.origin}/21`), { code: 'too_many_redirects', message: 'too many redirects: more than 20' })
  t.match(await fetchAll(openEgress(t, { limits: { maxRedirects: 2 } }), `${target.origin}/3`), { code: 'too_many_redirects' })
  t.match(await fetchAll(openEgress(t), `${target.origin}/1`, { limits: { maxRedirects: 0 } }), { code: 'too_many_redirects' })
})

t.test('not followed where the request says so', async t => {
  const target = await startTarget(t, (_request, response) => { response.writeHead(302, { location: 'http://127.0.0.1/' }).end('moved') })
  t.match(await fetchAll(openEgress(t), target.origin, { redirect: 'manual' }), { status: 302, redirected: false, headers: { location: 'http://127.0.0.1/' }, text: 'moved' })
  t.match(await fetchAll(openEgress(t), target.origin, { redirect: 'error' }), { code: 'redirect_refused' })
})

t.test('without a location it is the response', async t => {
  const target = await startTarget(t, (_request, response) => { response.writeHead(302).end('nowhere') })
  t.match(await fetchAll(openEgress(t), target.origin), { status: 302, text: 'nowhere' })
})

t.test('an endless body of a redirect is not read', async t => {
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/end') return response.end('arrived')
    response.writeHead(302, { location: '/end' })
    const write = (): void => { while (response.write(Buffer.alloc(65536))); }
    response.on('drain', write)
    write()
  })
  t.match(await fetchAll(openEgress(t), `${target.origin}/begin`), { status: 200, text: 'arrived' })
})
