import t from 'tap'
import { Problem, type ProblemCode } from '#shared/errors.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const origin = 'https://app.example.com'

t.test('every answer of the environment carries its CORS headers', async t => {
  const throws = (code: ProblemCode) => (): never => { throw new Problem(code) }
  const edge = await startEdge(t, {
    functions: {
      failing: throws('function_failed'),
      slow: throws('function_timeout'),
      lost: throws('sandbox_lost'),
      broken: () => { throw new TypeError('a fault of ours') },
      odd: () => ({ status: 200, headers: [['x\r\ny', 'z']], body: null })
    }
  })
  edge.addGateway('shop', {
    plugins: { cors: { allowOrigins: [origin], exposeHeaders: ['ratelimit'] }, 'limit-count': { count: 9, windowSeconds: 60 } },
    routes: [...['failing', 'slow', 'lost', 'broken', 'odd'].map(name => ({ path: `/${name}`, functionName: name })), { path: '/post', methods: ['POST'] }]
  })
  const key = edge.addClient('shop', 'prod', 'web')
  const tooLarge = Buffer.alloc(6 * 1024 * 1024 + 1)

  const expected: Array<[path: string, init: object, status: number, code: ProblemCode]> = [
    ['/failing', {}, 401, 'api_key_missing'],
    ['/a//b', { key }, 400, 'malformed_request'],
    ['/%zz', { key }, 400, 'malformed_request'],
    ['/nothing', { key }, 404, 'route_not_found'],
    ['/post', { key }, 405, 'method_not_allowed'],
    ['/post', { key, method: 'POST', body: tooLarge }, 413, 'payload_too_large'],
    ['/failing', { key }, 500, 'function_failed'],
    ['/broken', { key }, 500, 'internal'],
    ['/odd', { key }, 500, 'function_result_invalid'],
    ['/lost', { key }, 503, 'sandbox_lost'],
    ['/slow', { key }, 504, 'function_timeout'],
    ['/slow', { key }, 429, 'rate_limit_exceeded']
  ]
  for (const [path, init, status, code] of expected) {
    const answer = await edge.traffic(host, path, { ...init, headers: { origin } })
    t.match(answer, {
      status,
      headers: {
        'content-type': 'application/problem+json',
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'ratelimit',
        vary: 'Origin'
      },
      json: { code, status, requestId: answer.headers['x-request-id'] }
    }, `${status} ${code}`)
  }
})
