import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { Problem } from '#shared/errors.ts'
import { createLogger } from '#shared/log.ts'
import { createRunScheduled, type RunScheduled } from '../../data-plane/edge/run-scheduled.ts'
import type { FunctionCall, FunctionResult } from '../../data-plane/functions/runner.ts'
import { startEdge } from '../support/edge.ts'
import type { TestRoute } from '../support/gateway-items.ts'

const call = { name: 'often', cron: '* * * * *', scheduledAt: '2030-01-01T00:01:00.000Z' }
const run = { gatewayId: 'shop', environment: 'dev', functionName: 'hello', call }
const schedules = [{ name: 'often', cron: '* * * * *', timeZone: 'UTC' }]

async function start (t: Test, answer: (call: FunctionCall) => FunctionResult, routes: TestRoute[] = [{ path: '/hello', schedules }]): Promise<RunScheduled> {
  const edge = await startEdge(t)
  edge.addGateway('shop', { routes })
  const runner = { call: async (_fn: unknown, call: FunctionCall) => answer(call), release: async () => null, close: async () => {} }
  return createRunScheduled({ hot: edge.hot, runner, baseDomain: 'localhost', nextRequestId: () => 'req1', clock: edge.clock, logger: createLogger('edge', 'silent') })
}

t.test('a function is called with what its schedule says, and nothing of a client', async t => {
  const calls: FunctionCall[] = []
  const answer = (call: FunctionCall): FunctionResult => {
    calls.push(call)
    return { status: 204, headers: [], body: null }
  }
  const runScheduled = await start(t, answer)
  t.match(await runScheduled(run), { requestId: 'req1', startedAt: Date.UTC(2030, 0, 1), responseStatus: 204, errorCode: null })
  const { body, ...rest } = calls[0]!
  t.strictSame(JSON.parse(body!.toString()), { schedule: 'often', scheduledAt: call.scheduledAt })
  t.strictSame(rest, {
    requestId: 'req1',
    method: 'POST',
    url: 'http://shop-dev.api.localhost/hello',
    path: '/hello',
    query: '',
    params: {},
    headers: { 'content-type': 'application/json' },
    client: null,
    schedule: call,
    once: true
  })
})

t.test('a path with parameters stands for none', async t => {
  const paths: string[] = []
  for (const path of ['/a/:b', '/a/*', '/:a/b']) {
    const runScheduled = await start(t, call => {
      paths.push(call.path)
      return { status: 200, headers: [], body: null }
    }, [{ path, schedules }])
    await runScheduled(run)
  }
  t.strictSame(paths, ['/', '/', '/'])
})

t.test('a response that streams is read to its end, and its failure is the run\'s', async t => {
  let read = 0
  const stream = async function * (): AsyncGenerator<Buffer> {
    for (; read < 5; read++) yield Buffer.alloc(100_000)
  }
  const whole = await start(t, () => ({ status: 200, headers: [], body: Readable.from(stream()) }))
  t.match(await whole(run), { responseStatus: 200, errorCode: null })
  t.equal(read, 5)
  const broken = await start(t, () => ({ status: 200, headers: [], body: Readable.from((async function * () { yield Buffer.from('a'); throw new Problem('function_failed') })()) }))
  t.match(await broken(run), { responseStatus: 200, errorCode: 'function_failed' })
  const endless = await start(t, () => ({ status: 200, headers: [], body: new Readable({ read: () => {} }) }), [{ path: '/hello', schedules, timeoutMs: 20 }])
  t.match(await endless(run), { responseStatus: 200, errorCode: 'function_timeout' })
})

t.test('what the environment does not serve, or does not schedule, is not run', async t => {
  const answer = (): FunctionResult => { throw new Error('it was run') }
  const runScheduled = await start(t, answer)
  for (const other of [{ gatewayId: 'other' }, { environment: 'beta' }, { functionName: 'other' }]) t.match(await runScheduled({ ...run, ...other }), { errorCode: 'function_unavailable' })
  const unscheduled = await start(t, answer, [{ path: '/hello' }])
  t.match(await unscheduled(run), { responseStatus: null, errorCode: 'function_unavailable' })
})

t.test('a status that is none, and a fault of the platform, are failures with a code', async t => {
  t.match(await (await start(t, () => ({ status: 99, headers: [], body: null })))(run), { responseStatus: null, errorCode: 'function_result_invalid' })
  t.match(await (await start(t, () => { throw new Error('ours') }))(run), { responseStatus: null, errorCode: 'internal' })
})
