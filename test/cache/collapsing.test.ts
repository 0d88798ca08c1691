import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { FunctionResult } from '../../data-plane/functions/runner.ts'
import { host, startCached } from '../support/cached.ts'
import type { TestEdge } from '../support/edge.ts'
import { until } from '../support/until.ts'

async function waiting (edge: TestEdge): Promise<number> {
  const { json } = await edge.traffic('127.0.0.1', '/healthz?verbose')
  return (json as { overload: { waiting: number } }).overload.waiting
}

/** A function that waits until it is told to go on. */
function held (headers: Record<string, string>) {
  const { promise, resolve } = Promise.withResolvers<void>()
  return {
    answer: async (_call: unknown, number: number): Promise<FunctionResult> => {
      await promise
      return { status: 200, headers: Object.entries(headers), body: String(number) }
    },
    goOn: resolve
  }
}

t.test('of those who want the same at once one asks, and all are answered', async t => {
  const { answer, goOn } = held({ 'cache-control': 'max-age=60' })
  const { ask, calls, edge } = await startCached(t, answer)
  const asked = Array.from({ length: 10 }, () => ask())
  await until('all have arrived', () => waiting(edge), count => count === 10)
  goOn()
  const answers = await Promise.all(asked)
  t.strictSame(new Set(answers.map(({ text }) => text)), new Set(['1']))
  t.equal(answers.filter(({ headers }) => headers['cache-status'] === 'imprun; fwd=uri-miss; collapsed').length, 9)
  t.equal(calls.length, 1)
})

t.test('where it turns out to be nobody else\'s each asks, and later ones do not wait', async t => {
  const { answer, goOn } = held({ 'cache-control': 'no-store' })
  const { ask, calls, edge } = await startCached(t, answer)
  const asked = Array.from({ length: 5 }, () => ask())
  await until('all have arrived', () => waiting(edge), count => count === 5)
  t.equal(calls.length, 1)
  goOn()
  t.equal(new Set((await Promise.all(asked)).map(({ text }) => text)).size, 5)
  t.equal(calls.length, 5)
})

t.test('other things are not waited for', async t => {
  const { answer, goOn } = held({ 'cache-control': 'max-age=60' })
  const { ask, calls } = await startCached(t, answer)
  const asked = [ask('/a'), ask('/b'), ask('/a', { headers: { range: 'bytes=0-1' } }), ask('/a', { headers: { 'cache-control': 'no-cache' } }), ask('/a', { method: 'HEAD' })]
  await until('they are there', () => calls.length, length => length >= 4)
  goOn()
  await Promise.all(asked)
  t.ok(calls.length >= 4)
})

t.test('a client that leaves before there is an answer leaves the question to another one', async t => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { ask, calls, edge } = await startCached(t, async (_call, number) => {
    if (number === 1) await promise
    return { status: 200, headers: [['cache-control', 'max-age=60']], body: String(number) }
  })
  const socket = await edge.connect()
  socket.write(`GET /a HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await until('it asks', () => calls.length, length => length === 1)
  const others = [ask(), ask(), ask()]
  await until('all have arrived', () => waiting(edge), count => count === 4)
  socket.destroy()
  t.strictSame((await Promise.all(others)).map(({ text }) => text), ['2', '2', '2'])
  t.equal(calls.length, 2)
  resolve()
  await turn()
})
