import t from 'tap'
import { host, numbered, startCached } from '../support/cached.ts'
import { holdFirst } from '../support/held-answers.ts'

const fresh = { 'cache-control': 'max-age=60' }

t.test('what another worker has changed is asked for anew, and nothing else', async t => {
  const { edge, ask } = await startCached(t, numbered(fresh))
  const texts = async (): Promise<string[]> => [(await ask('/a')).text, (await ask('/a?q')).text, (await ask('/b')).text, (await edge.traffic('shop-dev.api.localhost', '/a')).text]
  const before = await texts()
  t.strictSame(await texts(), before)
  edge.forgetAnswers([
    { gatewayId: 'shop', environment: 'prod', uri: `${host}/a?` },
    { gatewayId: 'shop', environment: 'dev', uri: `${host}/b?` },
    { gatewayId: 'nobody', environment: 'prod', uri: `${host}/a?q` }
  ])
  t.strictSame((await texts()).map((text, index) => text === before[index]), [false, true, true, true])
})

t.test('the others are told what was changed here, where something is kept at all', async t => {
  const { edge, ask } = await startCached(t, ({ path, method }) => method === 'GET'
    ? { status: 200, headers: Object.entries(fresh), body: '' }
    : { status: path === '/fails' ? 500 : 201, headers: [['location', '/made']], body: '' })
  for (const method of ['GET', 'OPTIONS']) await ask('/a', { method })
  await ask('/fails', { method: 'DELETE' })
  t.strictSame(edge.answerChanges, [])
  await ask('/a?q', { method: 'POST' })
  const place = { gatewayId: 'shop', environment: 'prod' }
  t.strictSame(edge.answerChanges, [{ ...place, uri: `${host}/a?q` }, { ...place, uri: `${host}/made?` }])
  edge.addGateway('plain', { plugins: { none: {} }, routes: [{ path: '/*', methods: ['POST'] }] })
  t.equal((await edge.traffic('plain.api.localhost', '/a', { method: 'POST' })).status, 201)
  t.equal(edge.answerChanges.length, 2)
})

t.test('what was on its way while it changed is not kept, wherever it was changed', async t => {
  for (const isHere of [true, false]) {
    const { answer, asked, goOn } = holdFirst(fresh)
    const { edge, ask } = await startCached(t, answer)
    const first = ask()
    await asked
    if (isHere) await ask('/a', { method: 'PUT' })
    else edge.forgetAnswers([{ gatewayId: 'shop', environment: 'prod', uri: `${host}/a?` }])
    const other = await ask('/other')
    goOn()
    t.match(await first, { text: '1' })
    const { text } = await ask()
    t.not(text, '1')
    t.match(await ask(), { text }, 'what was asked for afterwards is')
    t.match(await ask('/other'), { text: other.text, headers: { 'cache-status': /hit/ } })
  }
})

t.test('an answer that was found to be still good is kept on, whatever has changed before it was asked', async t => {
  const { edge, ask, pass } = await startCached(t, ({ headers }, number) => {
    const fields: Array<[string, string]> = [...Object.entries(fresh), ['etag', '"a"']]
    return headers['if-none-match'] === '"a"' ? { status: 304, headers: fields, body: null } : { status: 200, headers: fields, body: String(number) }
  })
  edge.forgetAnswers([{ gatewayId: 'shop', environment: 'prod', uri: `${host}/a?` }])
  await ask()
  pass(61)
  t.match(await ask(), { text: '1', headers: { 'cache-status': 'imprun; fwd=stale; fwd-status=304; stored' } })
  t.match(await ask(), { text: '1', headers: { 'cache-status': /hit/ } })
})
