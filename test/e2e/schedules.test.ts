import t from 'tap'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { openShop, shopOf } from '../support/shop.ts'
import { until } from '../support/until.ts'

interface Run { id: string, functionName: string, schedule: string, status: string, scheduledAt: string, requestId: string, responseStatus: number | null, errorCode: string | null, durationMs: number }

// What was due in the minute before a data plane started is run by it, so nothing here waits for a clock.
t.test('functions run by themselves, once, in the environments that they are released to', async t => {
  const dataDir = temporaryDirectory(t)
  const first = await startPlatform(t, { dataDir })
  const shop = await openShop(first)
  const save = async (name: string, body: object): Promise<void> => {
    const answer = await first.admin('PUT', `/api-gateways/shop/functions/${name}`, { methods: ['POST'], path: `/${name}`, schedules: [{ name: 'always', cron: '* * * * *' }], ...body })
    if (answer.status >= 300) throw new Error(answer.text)
  }
  await shop.setVariable('dev', 'PLACE', 'here')
  await save('tidy', {
    source: `export default async (ctx) => {
      const { method, path, params, client, body, schedule, headers } = ctx
      ctx.log.info('tidied', { method, path, params, client, body, schedule, headers, place: ctx.env.PLACE, sent: await ctx.request.json() })
      return { ok: true }
    }`
  })
  await save('broken', { path: '/broken/:id', source: 'export default () => { throw new Error("no") }' })
  await save('refusing', { source: 'export default () => new Response("no", { status: 503 })' })
  await save('slow', { source: 'export default () => new Promise(() => {})', timeoutMs: 100 })
  await first.close()

  const second = await startPlatform(t, { dataDir, env: { IMPRUN_ADMIN_TOKEN: first.adminToken, IMPRUN_WORKERS: '2' } })
  const runs = async (): Promise<Run[]> => ((await second.admin('GET', '/api-gateways/shop/environments/dev/schedule-runs')).json as { items: Run[] }).items
  const { value } = await until('the runs', runs, found => ['tidy', 'broken', 'refusing', 'slow'].every(name => found.some(run => run.functionName === name && run.status !== 'running')))
  const of = (name: string): Run => value.find(({ functionName, status }) => functionName === name && status !== 'running')!
  t.match(of('tidy'), { status: 'succeeded', schedule: 'always', responseStatus: 200, errorCode: null, durationMs: Number })
  t.match(of('broken'), { status: 'failed', responseStatus: null, errorCode: 'function_failed' })
  t.match(of('refusing'), { status: 'failed', responseStatus: 503, errorCode: null })
  t.match(of('slow'), { status: 'timed_out', errorCode: 'function_timeout' })

  const { scheduledAt, requestId } = of('tidy')
  const { value: line } = await until('the line', () => second.output().split('\n').find(text => text.includes('"msg":"tidied"') && text.includes(requestId)), found => found !== undefined)
  t.match(JSON.parse(line!), {
    environment: 'dev',
    fields: {
      method: 'POST',
      path: '/tidy',
      params: {},
      client: null,
      body: { schedule: 'always', scheduledAt },
      sent: { schedule: 'always', scheduledAt },
      schedule: { name: 'always', cron: '* * * * *', scheduledAt },
      headers: { 'content-type': 'application/json' },
      place: 'here'
    }
  })
  t.strictSame((await second.admin('GET', '/api-gateways/shop/environments/prod/schedule-runs')).json, { items: [], nextCursor: null }, 'prod serves none of it')

  const again = shopOf(second)
  const { key } = await again.addClient('dev', 'Mobile')
  await again.askUntil('dev', '/refusing', answer => answer.status === 503, { key, method: 'POST' })
  t.pass('and still has its route')
})
