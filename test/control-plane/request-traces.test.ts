import t, { type Test } from 'tap'
import type { FeedAsk } from '#shared/feed.ts'
import { answersHeader, answersTraces, type RequestTrace, type TraceAnswer } from '#shared/request-traces.ts'
import { FeedReaders } from '../../control-plane/feed/readers.ts'
import { WaitingQuestions } from '../../control-plane/request-traces/waiting.ts'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { postAsDataPlane } from '../support/data-plane-calls.ts'
import { openFeed, type FeedStream } from '../support/feed-reader.ts'

const requests = '/api-gateways/shop/environments/dev/requests'
const node = 'NodeOfTheTests001'
const asks = { [answersHeader]: answersTraces }

async function start (t: Test): Promise<ControlPlane> {
  const control = await startControlPlane(t)
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return control
}

async function connect (t: Test, url: string, query = '', headers: Record<string, string> = asks): Promise<FeedStream> {
  const feed = await openFeed(t, url, query, undefined, headers)
  await feed.until(({ type }) => type === 'commit')
  return feed
}

async function nextAsk (feed: FeedStream): Promise<FeedAsk> {
  return (await feed.until(({ type }) => type === 'ask')).at(-1) as FeedAsk
}

function trace (requestId: string, at = Date.parse('2030-01-01T00:00:00Z')): RequestTrace {
  return {
    requestId, at, method: 'GET', path: '/a', host: 'shop-dev.api.localhost', status: 429, code: 'rate_limit_exceeded', durationMs: 1.5, functionMs: 0, bodyBytes: 100, revision: 3, release: 1, worker: 1,
    client: { id: 'c1', name: 'Mobile' }, apiKeyId: 'k1', route: null, attempts: [],
    stages: [{ stage: 'limits', decision: 'refused', reason: 'rate_limit_exceeded', atMs: 1, durationMs: 0.5, details: { detail: 'Try again in 5 s.' } }]
  }
}

const nothing: TraceAnswer = { found: [], isForgotten: false, silentWorkers: 0 }
const tell = async (url: string, { id }: FeedAsk, answer: TraceAnswer): Promise<number> => (await postAsDataPlane(url, `/request-traces/${id}`, answer)).status

t.test('every data plane is asked, and the first that knows it is the answer', async t => {
  const { url, admin } = await start(t)
  const [first, second] = [await connect(t, url, `?node=${node}`), await connect(t, url)]
  const answer = admin('GET', `${requests}/${'r'.repeat(16)}`)
  const [ask, other] = [await nextAsk(first), await nextAsk(second)]
  t.match(ask.question, { gatewayId: 'shop', environment: 'dev', requestId: 'r'.repeat(16) })
  t.not(ask.id, other.id, 'none can answer for another')
  t.equal(await tell(url, ask, { ...nothing, found: [trace('r'.repeat(16))] }), 204)
  t.match(await answer, {
    status: 200,
    json: { requestId: 'r'.repeat(16), at: '2030-01-01T00:00:00.000Z', status: 429, function: null, waitedMs: 0, dataPlane: { id: node }, stages: [{ stage: 'limits', decision: 'refused' }] }
  })
  t.equal(await tell(url, ask, nothing), 404, 'nobody waits for it any more')
})

t.test('what nobody knows is unknown, and it is said whether it was known once', async t => {
  const { url, admin } = await start(t)
  const feed = await connect(t, url)
  for (const isForgotten of [true, false]) {
    const answer = admin('GET', `${requests}/${'r'.repeat(16)}`)
    await tell(url, await nextAsk(feed), { ...nothing, isForgotten, silentWorkers: isForgotten ? 0 : 1 })
    t.match(await answer, { status: 404, json: { code: 'request_unknown', reason: isForgotten ? 'not_kept' : 'not_made_here', silent: isForgotten ? [] : [{ id: null }], notAsked: [] } })
  }
})

t.test('lists of several data planes are one, the newest first', async t => {
  const { url, admin } = await start(t)
  const [first, second] = [await connect(t, url), await connect(t, url)]
  const answer = admin('GET', `${requests}?status=4xx&client=c1&path=/a*&limit=2`)
  const asked = await nextAsk(first)
  t.strictSame(asked.question, { gatewayId: 'shop', environment: 'dev', requestId: null, filter: { status: '4xx', client: 'c1', path: '/a*', limit: 2 } })
  await tell(url, asked, { ...nothing, found: [trace('a'.repeat(16), 3), trace('b'.repeat(16), 1)] })
  await tell(url, await nextAsk(second), { ...nothing, found: [trace('c'.repeat(16), 2)] })
  const { items } = (await answer).json as { items: Array<{ requestId: string, stages?: unknown }> }
  t.strictSame(items.map(({ requestId }) => requestId[0]), ['a', 'c'])
  t.equal(items[0]!.stages, undefined)
})

t.test('only who can be asked and serves the environment is, and who is known beside is named', async t => {
  const { url, admin, store } = await start(t)
  t.match(await admin('GET', `${requests}/${'r'.repeat(16)}`), { status: 503, json: { code: 'no_data_plane' } })
  const older = await connect(t, url, '', {})
  const elsewhere = await connect(t, url, '?environments=prod')
  t.match(await admin('GET', requests), { status: 503, json: { code: 'no_data_plane' } })
  await postAsDataPlane(url, `/nodes/${node}/applied`, { name: 'far', version: '1', environments: null, workers: 1, store: null, revision: 0, heardMsAgo: null })
  t.match(await admin('GET', `${requests}/${'r'.repeat(16)}`), { status: 404, json: { reason: 'not_made_here', notAsked: [{ id: node, name: 'far' }] } })
  t.match(await admin('GET', requests), { status: 200, json: { items: [], notAsked: [{ id: node }] } })
  t.match(await admin('GET', '/api-gateways/shop/environments/nowhere/requests'), { status: 404, json: { code: 'environment_not_found' } })
  t.match(await admin('GET', `${requests}?status=9xx`), { status: 400, json: { code: 'validation_failed' } })
  for (const feed of [older, elsewhere]) feed.close()
  await store.ping()
})

t.test('a data plane that says nothing is not waited for for ever, nor one that has gone', async t => {
  const readers = new FeedReaders()
  const waiting = new WaitingQuestions(readers, { patienceMs: 20 })
  const [silent, gone] = [readers.connect(null, { node: 'n1', answersTraces: true }), readers.connect(null, { node: 'n2', answersTraces: true })]
  const question: FeedAsk['question'] = { gatewayId: 'shop', environment: 'dev', requestId: null, filter: { status: null, client: null, path: null, limit: 1 } }
  const asked = waiting.ask(question, new AbortController().signal)
  readers.disconnect(gone)
  t.strictSame(await Promise.all(asked.map(async ({ answer }) => await answer)), [null, null])
  t.equal(silent.take(), null, 'the question is taken back')
  readers.disconnect(silent)
})
