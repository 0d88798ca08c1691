import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { FeedInvoke } from '#shared/feed.ts'
import { effectiveLimits } from '#shared/function-limits.ts'
import type { InvocationResult } from '#shared/invocations.ts'
import { FeedReaders } from '../../control-plane/feed/readers.ts'
import { WaitingInvocations } from '../../control-plane/invocations/waiting.ts'
import { adminToken, startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { postAsDataPlane } from '../support/data-plane-calls.ts'
import { openFeed, type FeedStream } from '../support/feed-reader.ts'

const source = 'export default () => 1'
const result: InvocationResult = {
  requestId: 'r1',
  response: { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from('done').toString('base64'), truncated: false },
  error: null,
  logs: [{ time: 0, level: 'info', message: 'said', fields: { a: 1 } }],
  logsTruncated: false,
  durationMs: 1.5,
  cpuMs: 1,
  memoryBytes: 1000
}

async function start (t: Test): Promise<ControlPlane & { invoke: (body: object, name?: string) => ReturnType<ControlPlane['admin']> }> {
  const control = await startControlPlane(t)
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return { ...control, invoke: async (body, name = 'draft') => await control.admin('POST', `/api-gateways/shop/functions/${name}/invoke`, body) }
}

async function nextInvoke (feed: FeedStream): Promise<FeedInvoke> {
  return (await feed.until(({ type }) => type === 'invoke')).at(-1) as FeedInvoke
}

/** A data plane that holds all there is. */
async function connect (t: Test, url: string, query = ''): Promise<FeedStream> {
  const feed = await openFeed(t, url, query)
  await feed.until(({ type }) => type === 'commit')
  return feed
}

t.test('an invocation goes to a data plane, built, and its result is the answer', async t => {
  const { url, invoke } = await start(t)
  const feed = await connect(t, url)
  const answer = invoke({ source, path: '/a/:b', timeoutMs: 500, request: { method: 'PUT', path: '/a/x', headers: { 'X-A': ['1', '2'] }, body: 'é' } })
  const { id, invocation } = await nextInvoke(feed)
  t.match(invocation, {
    gatewayId: 'shop',
    environment: 'dev',
    functionName: 'draft',
    timeoutMs: 500,
    limits: effectiveLimits(),
    bundle: /__imprunExports/,
    request: { method: 'PUT', path: '/a/x', query: '', params: { b: 'x' }, headers: { 'x-a': ['1', '2'] }, body: Buffer.from('é').toString('base64') }
  })
  t.equal((await postAsDataPlane(url, `/invocations/${id}/result`, result)).status, 204)
  t.match(await answer, {
    status: 200,
    json: {
      response: { status: 200, headers: { 'content-type': 'text/plain' }, body: 'done', truncated: false },
      logs: [{ time: '1970-01-01T00:00:00.000Z', level: 'info', message: 'said', fields: { a: 1 } }],
      durationMs: 1.5,
      memoryBytes: 1000,
      error: null
    }
  })
  t.match(await postAsDataPlane(url, `/invocations/${id}/result`, result), { status: 404, json: { code: 'invocation_not_found' } }, 'it has one result')
})

t.test('results that nobody waits for, or nobody may give, are refused', async t => {
  const { url, invoke } = await start(t)
  const feed = await connect(t, url)
  const answer = invoke({ source })
  const { id } = await nextInvoke(feed)
  t.match(await postAsDataPlane(url, `/invocations/${randomUUID()}/result`, result), { status: 404, json: { code: 'invocation_not_found' } })
  t.equal((await postAsDataPlane(url, `/invocations/${id}/result`, result, adminToken)).status, 401)
  t.equal((await postAsDataPlane(url, `/invocations/${id}/result`, { ...result, response: { ...result.response, status: 101 } })).status, 400)
  t.equal((await postAsDataPlane(url, `/invocations/${id}/result`, { ...result, error: { code: 'made_up', detail: '' } })).status, 400)
  t.equal((await postAsDataPlane(url, `/invocations/${id}/result`, { ...result, logs: Array.from({ length: 201 }, () => result.logs[0]) })).status, 400)
  t.equal((await postAsDataPlane(url, `/invocations/${id}/result`, { ...result, response: { ...result.response, body: 'x'.repeat(5e6) } })).status, 413)
  t.equal((await postAsDataPlane(url, `/invocations/${id}/result`, result)).status, 204)
  t.equal((await answer).status, 200)
})

t.test('without a data plane that serves the environment there is none to run it', async t => {
  const { url, invoke } = await start(t)
  t.match(await invoke({ source }), { status: 503, json: { code: 'no_data_plane' }, headers: { 'retry-after': '5' } })
  const feed = await connect(t, url, '?environments=prod,staging')
  t.match(await invoke({ source }), { status: 503, json: { code: 'no_data_plane' } })
  const answer = invoke({ source, environment: 'prod' })
  const { id, invocation } = await nextInvoke(feed)
  t.equal(invocation.environment, 'prod', 'and nothing of dev came before')
  await postAsDataPlane(url, `/invocations/${id}/result`, result)
  t.equal((await answer).status, 200)
  feed.close()
})

t.test('data planes take turns', async t => {
  const { url, invoke } = await start(t)
  const feeds = [await connect(t, url), await connect(t, url)]
  for (const feed of [...feeds, ...feeds]) {
    const answer = invoke({ source })
    await postAsDataPlane(url, `/invocations/${(await nextInvoke(feed)).id}/result`, result)
    t.equal((await answer).status, 200)
  }
})

t.test('what cannot be run is refused before it is sent', async t => {
  const { invoke, admin } = await start(t)
  const pointer = async (body: object): Promise<unknown> => {
    const { status, json } = await invoke({ source, ...body })
    t.equal(status, 400)
    return (json as { errors: Array<{ pointer: string }> }).errors[0]?.pointer
  }
  t.equal(await pointer({ path: '/a/:b' }), '/request/path', 'a path with parameters needs one')
  t.equal(await pointer({ path: '/a/:b', request: { path: '/other' } }), '/request/path')
  t.equal(await pointer({ request: { path: '/../etc' } }), '/request/path')
  t.equal(await pointer({ request: { path: '/a?b' } }), '/request/path')
  t.equal(await pointer({ request: { query: 'a b' } }), '/request/query')
  t.equal(await pointer({ request: { method: 'TRACE' } }), '/request/method')
  t.equal(await pointer({ request: { body: 'x' } }), '/request/body', 'GET has none')
  t.equal(await pointer({ request: { method: 'POST', bodyBase64: 'no base64' } }), '/request/bodyBase64')
  t.equal(await pointer({ request: { method: 'POST', body: 'x', bodyBase64: 'eA==' } }), '/request/body')
  t.match(await pointer({ request: { headers: { 'x-a': 'b\r\nx-injected: c' } } }), /^\/request\/headers/)
  t.match(await pointer({ request: { headers: { 'x a': 'b' } } }), /^\/request\/headers/)
  t.equal(await pointer({ request: { headers: { a: '1', A: '2' } } }), '/request/headers/A')
  t.equal(await pointer({ request: { headers: Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`x-${i}`, 'x'.repeat(8_000)])) } }), '/request/headers')
  t.match(await invoke({ source: 'export default () => {' }), { status: 400, json: { code: 'build_failed' } })
  t.match(await invoke({}), { status: 404, json: { code: 'function_not_found' } })
  t.match(await invoke({ source, environment: 'beta' }), { status: 404, json: { code: 'environment_not_found' } })
  t.match(await admin('POST', '/api-gateways/none/functions/draft/invoke', { source }), { status: 404, json: { code: 'api_gateway_not_found' } })
})

t.test('only so many run at a time', async t => {
  const { url, invoke } = await start(t)
  const feed = await connect(t, url)
  const answers = Array.from({ length: 16 }, () => invoke({ source }))
  const sent: FeedInvoke[] = []
  while (sent.length < answers.length) sent.push(await nextInvoke(feed))
  t.match(await invoke({ source }), { status: 429, json: { code: 'too_many_requests' }, headers: { 'retry-after': '1' } })
  for (const { id } of sent) await postAsDataPlane(url, `/invocations/${id}/result`, result)
  for (const answer of answers) t.equal((await answer).status, 200)
})

const invocation: FeedInvoke['invocation'] = {
  gatewayId: 'shop',
  environment: 'dev',
  functionName: 'draft',
  timeoutMs: 1,
  limits: effectiveLimits(),
  bundle: '',
  sourceMap: '',
  request: { method: 'GET', path: '/', query: '', params: {}, headers: {}, body: null }
}

t.test('one that is not answered in time has timed out, and is not sent any more', async t => {
  const readers = new FeedReaders()
  const waiting = new WaitingInvocations(readers, { graceMs: 1 })
  const mailbox = readers.connect(null)
  await t.rejects(waiting.send(invocation, new AbortController().signal), { code: 'invocation_timeout' })
  t.equal(mailbox.take(), null)
})

t.test('one whose data plane goes away before it was sent is given back at once', async t => {
  const readers = new FeedReaders()
  const waiting = new WaitingInvocations(readers)
  const mailbox = readers.connect(['dev'])
  const sent = waiting.send(invocation, new AbortController().signal)
  readers.disconnect(mailbox)
  await t.rejects(sent, { code: 'no_data_plane' })
})
