import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { FeedInvoke } from '#shared/feed.ts'
import { effectiveLimits } from '#shared/function-limits.ts'
import { follow } from '../support/feed-server.ts'
import { environmentItem, gatewayItem } from '../support/replica.ts'

function invoke (environment: string): FeedInvoke {
  const request = { method: 'GET', path: '/', query: '', params: {}, headers: {}, body: null }
  const invocation = { gatewayId: 'shop', environment, functionName: 'draft', timeoutMs: 1000, limits: effectiveLimits(), bundle: '', sourceMap: '', request }
  return { type: 'invoke', id: randomUUID(), invocation }
}

t.test('an invocation is handed on once all that came before it is applied', async t => {
  const { connections, invocations, reader } = await follow(t)
  const connection = await connections.next()
  const sent = invoke('dev')
  connection.send({ type: 'begin', store: 's', snapshot: true }, gatewayItem('shop'), environmentItem('shop', 'dev'), { type: 'commit', revision: 1 }, sent)
  t.strictSame(await invocations.next(), sent)
  t.equal(reader.revision(), 1)
})

t.test('one for an environment that this data plane does not serve is refused, and with it the connection', async t => {
  const { connections, invocations, lines } = await follow(t, { environments: ['dev'] })
  const first = await connections.next()
  first.send(invoke('prod'))
  await first.closed
  const second = await connections.next()
  const wanted = invoke('dev')
  second.send(wanted)
  t.strictSame(await invocations.next(), wanted, 'nothing of prod came before')
  t.match(JSON.stringify(lines()), /environment prod was not asked for/)
})

t.test('one that stands in a batch, or is not whole, is no feed', async t => {
  const { connections, invocations } = await follow(t)
  const inBatch = await connections.next()
  inBatch.send({ type: 'begin', store: 's', snapshot: true }, invoke('dev'))
  await inBatch.closed
  const broken = invoke('dev')
  for (const part of [{ id: '../x' }, { invocation: { ...broken.invocation, timeoutMs: 0 } }, { invocation: { ...broken.invocation, environment: '' } }]) {
    const connection = await connections.next()
    connection.sendText(`${JSON.stringify({ ...broken, ...part })}\n`)
    await connection.closed
  }
  const last = await connections.next()
  last.send(broken)
  t.strictSame(await invocations.next(), broken)
})
