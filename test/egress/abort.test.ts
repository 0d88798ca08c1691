import t from 'tap'
import { once } from 'node:events'
import { startDns } from '../support/dns.ts'
import { fetchFrom, startEgress, startTarget } from '../support/egress.ts'

const aborted = { name: 'EgressError', code: 'aborted' }

const shared = await startEgress(t)

t.test('an abort frees the connection, wherever the request is', async t => {
  const target = await startTarget(t, (request, response) => { if (request.url === '/body') response.write('begun') })
  const client = shared.connect(t)

  const early = new AbortController()
  const waiting = client.fetch(fetchFrom(target.origin), null, early.signal)
  await t.resolves(arrival(1))
  early.abort()
  await t.rejects(waiting, aborted, 'before the response')

  const late = new AbortController()
  const { body } = await client.fetch(fetchFrom(`${target.origin}/body`), null, late.signal)
  t.equal(String((await body!.next()).value), 'begun')
  late.abort()
  await t.rejects(body!.next(), aborted, 'within the body')

  const { body: unwanted } = await client.fetch(fetchFrom(`${target.origin}/body`))
  await unwanted!.return!()

  const { body: left } = await client.fetch(fetchFrom(`${target.origin}/body`))
  for await (const _part of left!) break

  await target.disconnected()
  await t.rejects(client.fetch(fetchFrom(target.origin), null, AbortSignal.abort()), aborted, 'before it began')
  t.equal(target.requests.length, 4)

  async function arrival (count: number): Promise<void> {
    while (target.requests.length < count) await once(target.server, 'request')
  }
})

t.test('an abort while it connects', async t => {
  const dns = await startDns(t, () => 'silent')
  const client = (await startEgress(t, { dns: [dns.address], limits: { maxConcurrent: 1 } })).connect(t)
  const controller = new AbortController()
  const waiting = client.fetch(fetchFrom('http://silent.example/'), null, controller.signal)
  while (dns.questions.length === 0) await new Promise(resolve => setImmediate(resolve))
  controller.abort()
  await t.rejects(waiting, aborted)
  await t.rejects(client.fetch(fetchFrom('http://silent.example/')), { code: 'too_many_requests' }, 'it counts until nothing of it is left')
})

t.test('a sandbox that goes away takes its requests with it', async t => {
  const target = await startTarget(t, (_request, response) => { response.write('begun') })
  const [gone, stays] = [shared.connect(t), shared.connect(t)]
  await gone.fetch(fetchFrom(target.origin))
  const [first] = target.sockets
  const { body } = await stays.fetch(fetchFrom(target.origin))
  gone.close()
  await new Promise<void>(resolve => { first!.once('close', () => resolve()) })
  t.equal(String((await body!.next()).value), 'begun')
  t.notOk(target.sockets[1]!.destroyed)
})
