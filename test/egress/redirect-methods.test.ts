import t from 'tap'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

t.test('method and body follow the Fetch Standard', async t => {
  const target = await startTarget(t, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      if (request.url !== '/end') response.writeHead(Number(request.url!.slice(1)), { location: '/end' })
      response.end(`${request.method} ${request.headers['content-type'] ?? '-'} ${Buffer.concat(chunks).toString()}`)
    })
  })
  const egress = openEgress(t)
  const headers: Array<[string, string]> = [['content-type', 'text/plain']]
  const cases: Array<[status: number, method: string, expected: string]> = [
    [301, 'POST', 'GET - '], [302, 'POST', 'GET - '], [303, 'POST', 'GET - '], [303, 'PUT', 'GET - '],
    [301, 'PUT', 'PUT text/plain data'], [302, 'DELETE', 'DELETE text/plain data'], [307, 'POST', 'POST text/plain data'], [308, 'POST', 'POST text/plain data']
  ]
  for (const [status, method, text] of cases) {
    t.match(await fetchAll(egress, `${target.origin}/${status}`, { method, headers, body: 'data' }), { status: 200, text, redirected: true }, `${status} ${method}`)
  }
  t.match(await fetchAll(egress, `${target.origin}/303`, { method: 'HEAD' }), { status: 200, text: '' })
  t.equal(target.requests.at(-1)!.method, 'HEAD')
})

t.test('a body that cannot be sent twice', async t => {
  const target = await startTarget(t, (request, response) => { request.resume().on('end', () => response.writeHead(307, { location: '/end' }).end()) })
  const egress = openEgress(t, { limits: { maxReplayBytes: 100 } })
  const message = 'the redirect 307 asks for the body once more, which is a stream or too large to be kept'
  t.strictSame(await fetchAll(egress, target.origin, { method: 'POST', body: chunks() }), { code: 'redirect_invalid', message })
  t.strictSame(await fetchAll(egress, target.origin, { method: 'POST', body: 'x'.repeat(101) }), { code: 'redirect_invalid', message })
})

t.test('a fragment is inherited, never sent, and not part of the response\'s URL', async t => {
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/begin') response.writeHead(302, { location: '/end' })
    response.end()
  })
  t.match(await fetchAll(openEgress(t), `${target.origin}/begin#part`), { url: `${target.origin}/end` })
  t.equal(target.requests[1]!.url, '/end')
})

async function * chunks (): AsyncGenerator<Buffer> {
  yield Buffer.from('a')
  yield Buffer.from('b')
}
