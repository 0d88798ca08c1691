import type { Admin } from './http.ts'

const gateway = '/api-gateways/shop'

/** A gateway with something of all that a document can say. @returns ids of versions by function */
export async function makeShop (admin: Admin): Promise<{ late: string, list: string }> {
  const must = async (method: 'POST' | 'PUT' | 'PATCH', path: string, body: object): Promise<Record<string, string>> => {
    const answer = await admin(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
    return answer.json as Record<string, string>
  }
  await must('POST', '/api-gateways', { id: 'shop', name: 'Shop', description: 'Sells things', config: { plugins: { 'limit-count': { count: 100, windowSeconds: 60 } } } })
  await must('PATCH', `${gateway}/environments/prod`, { config: { plugins: { cors: { allowOrigins: ['https://shop.example.com'] } } } })
  const dev = `${gateway}/environments/dev`
  await must('PUT', `${dev}/variables/CURRENCY`, { value: 'EUR' })
  await must('PUT', `${dev}/variables/NUMBER`, { value: '8080' })
  await must('PUT', `${dev}/variables/TOKEN`, { value: 'the-value-of-a-secret', secret: true })
  await must('PUT', `${dev}/upstreams/orders`, { url: 'https://orders.example.com/v2/', timeouts: { totalMs: 5_000 } })
  await must('POST', `${dev}/clients`, { name: 'Web' })
  await must('POST', `${dev}/clients`, { name: 'Mobile', description: 'The app', enabled: false, expiresAt: '2031-01-01T00:00:00Z' })
  const { version: list } = await must('PUT', `${gateway}/functions/list`, {
    methods: ['POST', 'GET'],
    path: '/list/:id',
    timeoutMs: 500,
    schedules: [{ name: 'nightly', cron: '0 3 * * *' }],
    entrypoint: 'index.ts',
    files: {
      'lib/two.ts': 'export const two =\n  2',
      'index.ts': 'import { two } from \'./lib/two.ts\'\n\nexport default function () {\n  return two // a comment: with "quotes"\n}\n'
    }
  })
  await must('POST', `${gateway}/environments/staging/releases`, { from: 'dev' })
  const { version: late } = await must('PUT', `${gateway}/functions/late?deploy=false`, { methods: ['GET'], path: '/late', source: 'export default () => \'late\'' })
  return { late: late!, list: list! }
}
