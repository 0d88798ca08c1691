import t from 'tap'
import type { IncomingMessage } from 'node:http'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

const headers: Array<[string, string]> = [
  ['authorization', 'Bearer secret'], ['Cookie', 'sid=secret'], ['proxy-authorization', 'Basic secret'], ['x-api-key', 'secret'], ['apikey', 'secret'], ['x-request', 'kept']
]
const names = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'apikey']

t.test('credentials stay with their origin', async t => {
  const other = await startTarget(t)
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/there') response.writeHead(307, { location: `${other.origin}/` })
    if (request.url === '/here') response.writeHead(307, { location: '/end' })
    response.end()
  })
  const egress = openEgress(t)

  await fetchAll(egress, `${target.origin}/there`, { headers })
  t.strictSame(sent(target.requests[0]!), names)
  t.strictSame(sent(other.requests[0]!), [])
  t.equal(other.requests[0]!.headers['x-request'], 'kept')
  t.equal(other.requests[0]!.headers.referer, undefined)

  await fetchAll(egress, `${target.origin}/here`, { headers })
  t.strictSame(sent(target.requests[2]!), names, 'within the origin they are kept')
})

t.test('what was dropped does not come back on the way back', async t => {
  const second = await startTarget(t, (_request, response) => { response.writeHead(307, { location: `${first.origin}/end` }).end() })
  const first = await startTarget(t, (request, response) => {
    if (request.url === '/begin') response.writeHead(307, { location: `${second.origin}/` })
    response.end()
  })
  await fetchAll(openEgress(t), `${first.origin}/begin`, { headers })
  t.equal(first.requests.length, 2)
  t.strictSame(sent(first.requests[1]!), [])
})

function sent (request: IncomingMessage): string[] {
  return names.filter(name => request.headers[name] !== undefined)
}
