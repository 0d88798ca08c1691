import t, { type Test } from 'tap'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { postAsDataPlane } from '../support/data-plane-calls.ts'

const gateway = '/api-gateways/shop'
const dev = `${gateway}/environments/dev`
const source = 'export default () => 1'

async function start (t: Test): Promise<ControlPlane & { put: (schedules: unknown, name?: string) => ReturnType<ControlPlane['admin']> }> {
  const control = await startControlPlane(t)
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return {
    ...control,
    put: async (schedules, name = 'tidy') => await control.admin('PUT', `${gateway}/functions/${name}`, { methods: ['POST'], path: `/${name}`, source, schedules })
  }
}

t.test('schedules belong to the version and to what is released, and go with a promotion', async t => {
  const { admin, put } = await start(t)
  const plain = (await put([])).json as { version: string }
  const schedules = [{ cron: '*/5  * * * *' }, { name: 'nightly', cron: '30 2 * * MON-FRI', timeZone: 'Europe/Berlin' }]
  const stored = [{ name: 'schedule-1', cron: '*/5 * * * *', timeZone: 'UTC' }, { name: 'nightly', cron: '30 2 * * MON-FRI', timeZone: 'Europe/Berlin' }]
  const saved = (await put(schedules)).json as { version: string, release: number }
  t.match(saved, { schedules: stored, release: 2 })
  t.not(saved.version, plain.version)
  t.equal(((await put(stored)).json as { version: string }).version, saved.version, 'the same in its full form is the same')
  t.match((await admin('GET', `${gateway}/functions/tidy`)).json, { schedules: stored })
  t.match((await admin('GET', `${gateway}/functions/tidy/versions`)).json, { items: [{ schedules: stored }, { schedules: [] }] })
  t.match((await admin('GET', `${dev}/releases`)).json, { items: [{ routes: [{ schedules: stored }] }, { routes: [{ functionName: 'tidy' }] }] })
  t.strictSame((await admin('GET', `${gateway}/environments/staging/schedules`)).json, { items: [], nextCursor: null })
  await admin('POST', `${gateway}/environments/staging/releases`, { from: 'dev' })
  const staging = async (): Promise<unknown> => ((await admin('GET', `${gateway}/environments/staging/schedules`)).json as { items: Array<{ name: string }> }).items.map(({ name }) => name)
  t.strictSame(await staging(), ['nightly', 'schedule-1'])
  await admin('POST', `${gateway}/environments/staging/releases`, { functions: { tidy: plain.version } })
  t.strictSame(await staging(), [], 'the version before has none')
  await admin('POST', `${gateway}/environments/staging/releases`, { functions: { tidy: saved.version } })
  t.strictSame(await staging(), ['nightly', 'schedule-1'])
  await admin('POST', `${gateway}/environments/staging/rollback`, {})
  t.strictSame(await staging(), [])
})

t.test('what can never be run, or too often, is refused with the reason', async t => {
  const { put } = await start(t)
  const refusal = async (...schedules: unknown[]): Promise<{ pointer: string, detail: string }> => {
    const { status, json } = await put(schedules)
    t.equal(status, 400)
    return (json as { errors: Array<{ pointer: string, detail: string }> }).errors[0]!
  }
  for (const cron of ['* * * * * *', '@daily', '? * * * *', '2030-01-01T00:00:00Z', 'a b c d e', '60 * * * *', '*/0 * * * *', '* * * *', '', '0 0 * * 8']) {
    t.match(await refusal({ cron }), { pointer: '/schedules/0/cron', detail: /five fields/ }, cron)
  }
  t.match(await refusal({ cron: '* * * * *' }, { cron: '0 0 30 2 *' }), { pointer: '/schedules/1/cron', detail: /come true/ })
  t.match(await refusal({ cron: '0 0 31 2,4,6,9,11 *' }), { pointer: '/schedules/0/cron', detail: /come true/ })
  t.match(await refusal({ cron: `${'1,'.repeat(1000)}1 * * * *` }), { pointer: '/schedules/0/cron', detail: /at most 100/ })
  for (const timeZone of ['Mars/Olympus', '+02:00', '', 'UTC; DROP']) t.match(await refusal({ cron: '* * * * *', timeZone }), { pointer: '/schedules/0/timeZone', detail: /time zone/ }, timeZone)
  t.match(await refusal({ name: 'a', cron: '* * * * *' }, { name: 'a', cron: '0 * * * *' }), { pointer: '/schedules/1/name' })
  t.match(await refusal({ name: '../x', cron: '* * * * *' }), { pointer: '/schedules/0/name' })
  t.match(await refusal(...Array.from({ length: 11 }, () => ({ cron: '* * * * *' }))), { pointer: '/schedules' })
  t.equal((await put([{ cron: '0 0 29 2 *' }])).status, 201, 'a leap year will come')
})

t.test('what is scheduled is listed with its next time in its zone and its last run, page by page', async t => {
  const { admin, put, clock } = await start(t)
  await put([{ name: 'berlin', cron: '30 2 * * *', timeZone: 'Europe/Berlin' }, { name: 'utc', cron: '30 2 * * *' }])
  await put([{ name: 'leap', cron: '0 0 29 2 *' }], 'other')
  const list = async (query = ''): Promise<{ items: Array<Record<string, unknown>>, nextCursor: string | null }> => (await admin('GET', `${dev}/schedules${query}`)).json as never
  t.match((await list()).items, [
    { functionName: 'other', name: 'leap', nextRunAt: '2032-02-29T00:00:00.000Z', lastRun: null },
    { functionName: 'tidy', name: 'berlin', cron: '30 2 * * *', timeZone: 'Europe/Berlin', nextRunAt: '2030-01-01T01:30:00.000Z' },
    { functionName: 'tidy', name: 'utc', nextRunAt: '2030-01-01T02:30:00.000Z' }
  ])
  const first = await list('?limit=2')
  t.match((await list(`?limit=2&cursor=${first.nextCursor!}`)), { items: [{ name: 'utc' }], nextCursor: null })
  // That night clocks go from 02:00 to 03:00: the first time after the gap it is.
  clock.advance(Date.UTC(2030, 2, 31) - clock.now())
  t.equal((await list()).items[1]!.nextRunAt, '2030-03-31T01:00:00.000Z')
  t.equal((await admin('GET', `${gateway}/environments/beta/schedules`)).status, 404)
})

const due = '2030-01-01T00:05:00.000Z'
const claim = { gatewayId: 'shop', environment: 'dev', functionName: 'tidy', versionId: 'v1', schedule: 'often', scheduledAt: due, claimId: 'claim0000000' }

async function startDue (t: Test): ReturnType<typeof start> {
  const control = await start(t)
  await control.put([{ name: 'often', cron: '*/5 * * * *' }])
  control.clock.advance(5 * 60_000)
  return control
}

t.test('of data planes that ask for the same time one is told to run it, and its report is what is seen', async t => {
  const { admin, url } = await startDue(t)
  const answers = await Promise.all(Array.from({ length: 8 }, async (_, i) => await postAsDataPlane(url, '/schedule-runs', { ...claim, claimId: `claim000000${i}` })))
  t.ok(answers.every(({ status }) => status === 200))
  const won = answers.map(({ json }) => (json as { run: { id: string } | null }).run).filter(run => run !== null)
  t.equal(won.length, 1)
  const winner = answers.findIndex(({ json }) => (json as { run: unknown }).run !== null)
  t.strictSame((await postAsDataPlane(url, '/schedule-runs', { ...claim, claimId: `claim000000${winner}` })).json, { run: won[0] }, 'who asks again is told the same')

  t.match((await admin('GET', `${dev}/schedule-runs`)).json, { items: [{ id: won[0]!.id, status: 'running', scheduledAt: due, startedAt: null }] })
  const report = { id: won[0]!.id, status: 'failed', startedAt: due, finishedAt: due, durationMs: 3, responseStatus: 500, errorCode: null, requestId: 'req1' }
  t.equal((await postAsDataPlane(url, '/schedule-runs/finished', report)).status, 204)
  t.match(await postAsDataPlane(url, '/schedule-runs/finished', { ...report, status: 'succeeded' }), { status: 409, json: { code: 'conflict' } })
  t.match((await admin('GET', `${dev}/schedule-runs?function=tidy&status=failed`)).json, { items: [{ status: 'failed', responseStatus: 500, requestId: 'req1' }] })
  t.match((await admin('GET', `${dev}/schedule-runs?status=succeeded`)).json, { items: [] })
  t.match((await admin('GET', `${dev}/schedules`)).json, { items: [{ lastRun: { id: won[0]!.id, status: 'failed' } }] })
  t.equal((await postAsDataPlane(url, '/schedule-runs', { ...claim, claimId: `claim000000${winner}` })).status, 200)
  t.strictSame((await postAsDataPlane(url, '/schedule-runs', { ...claim, claimId: `claim000000${winner}` })).json, { run: null }, 'what has ended is not run again')
  t.equal((await admin('GET', `${dev}/schedule-runs?status=nothing`)).status, 400)
})

t.test('a claim for what is not scheduled there and then is refused', async t => {
  const { url, admin, put, clock } = await startDue(t)
  const code = async (fields: object): Promise<unknown> => ((await postAsDataPlane(url, '/schedule-runs', { ...claim, ...fields })).json as { code: string }).code
  t.equal(await code({ environment: 'prod' }), 'schedule_not_found', 'prod does not serve it')
  t.equal(await code({ environment: 'beta' }), 'schedule_not_found')
  t.equal(await code({ gatewayId: 'other' }), 'schedule_not_found')
  t.equal(await code({ functionName: 'other' }), 'schedule_not_found')
  t.equal(await code({ schedule: 'other' }), 'schedule_not_found')
  t.equal(await code({ scheduledAt: '2030-01-01T00:04:00.000Z' }), 'schedule_not_due')
  t.equal(await code({ scheduledAt: '2030-01-01T00:10:00.000Z' }), 'schedule_not_due', 'five minutes ahead')
  t.equal(await code({ scheduledAt: '2030-01-01T00:05:00Z' }), 'validation_failed')
  t.equal(await code({ scheduledAt: '2030-01-01T00:05:30.000Z' }), 'validation_failed')
  t.equal(await code({ claimId: '../../x' }), 'validation_failed')
  t.equal((await postAsDataPlane(url, '/schedule-runs', claim, 'wrong-token-of-nobody')).status, 401)
  clock.advance(11 * 60_000)
  t.equal(await code({}), 'schedule_not_due', 'too late')
  await put([])
  t.equal(await code({ scheduledAt: '2030-01-01T00:15:00.000Z' }), 'schedule_not_found', 'it is scheduled no more')
  t.match((await admin('GET', `${dev}/schedule-runs`)).json, { items: [] })
})

t.test('a clock that is seconds ahead is no reason to refuse', async t => {
  const { url, put, clock } = await startDue(t)
  await put([{ name: 'often', cron: '*/5 * * * *' }])
  clock.advance(-20_000)
  t.match((await postAsDataPlane(url, '/schedule-runs', claim)).json, { run: { id: String } })
})

t.test('reports of runs that do not exist, or make no sense, are refused', async t => {
  const { url } = await startDue(t)
  const report = { id: 'forged', status: 'succeeded', startedAt: due, finishedAt: due, durationMs: 3, responseStatus: 200, errorCode: null, requestId: 'req1' }
  t.match(await postAsDataPlane(url, '/schedule-runs/finished', report), { status: 404, json: { code: 'schedule_run_not_found' } })
  for (const fields of [{ status: 'running' }, { status: 'missed' }, { responseStatus: 99 }, { errorCode: 'a b' }, { durationMs: -1 }, { startedAt: 'now' }, { more: 1 }]) {
    t.equal((await postAsDataPlane(url, '/schedule-runs/finished', { ...report, ...fields })).status, 400)
  }
})

t.test('what was missed is recorded, unless somebody has run it', async t => {
  const { url, admin, clock } = await startDue(t)
  await postAsDataPlane(url, '/schedule-runs', claim)
  clock.advance(60 * 60_000)
  const at = (minute: number): object => ({ ...claim, scheduledAt: new Date(Date.UTC(2030, 0, 1, 0, minute)).toISOString() })
  const runs = [at(5), at(10), at(11), { ...at(15), functionName: 'other' }, at(20)]
  t.equal((await postAsDataPlane(url, '/schedule-runs/missed', { runs })).status, 204)
  const { items } = (await admin('GET', `${dev}/schedule-runs`)).json as { items: Array<{ scheduledAt: string, status: string }> }
  t.strictSame(items.map(({ scheduledAt, status }) => [scheduledAt.slice(14, 16), status]), [['20', 'missed'], ['10', 'missed'], ['05', 'lost']])
})
