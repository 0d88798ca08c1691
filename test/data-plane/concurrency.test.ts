import t from 'tap'
import { setImmediate } from 'node:timers/promises'
import { createPlaces, createRemoteConcurrency } from '../../data-plane/limits/concurrency.ts'
import type { EntersMessage, LeavesMessage } from '../../data-plane/messages.ts'
import { askWorker, startTestWorkers } from '../support/workers.ts'
import { until } from '../support/until.ts'

t.test('what a worker had under way ends with it', async t => {
  const places = createPlaces()
  const [one, other] = [places.ofWorker(), places.ofWorker()]
  t.equal(one.enter('a', 2), 1)
  t.equal(other.enter('a', 2), 2)
  t.equal(other.enter('a', 2), null)
  one.close()
  one.leave('a')
  t.equal(places.count('a'), 1, 'and not twice')
  t.equal(other.enter('a', 2), 2)
  other.leave('never')
  t.equal(places.count('a'), 2)
})

t.test('two worker processes count together; one that is killed leaves its room', async t => {
  const { workers } = await startTestWorkers(t)
  const port = await workers.ready
  const answers: Array<Record<string, unknown>> = []
  while (new Set(answers.map(({ pid }) => pid)).size < 2) {
    answers.push(...await Promise.all(Array.from({ length: 20 }, async () => await askWorker(port, 'enter/shop'))))
    if (answers.length > 20_000) return t.fail('one of the workers never answered')
  }
  t.strictSame(answers.map(({ count }) => Number(count)).sort((a, b) => a - b), Array.from(answers, (_, i) => i + 1))
  const [killed] = answers.map(({ pid }) => Number(pid))
  const gone = answers.filter(({ pid }) => pid === killed).length
  process.kill(killed!, 'SIGKILL')
  // A connection that it had taken ends with it as well.
  const count = async (): Promise<unknown> => await askWorker(port, 'count/shop').then(({ count }) => count, () => 'no answer')
  await until('its room is free', count, count => count === answers.length - gone)
})

t.test('what the supervisor grants too late is given back', async t => {
  const sent: Array<EntersMessage | LeavesMessage> = []
  const concurrency = createRemoteConcurrency(message => { sent.push(message) })
  const entering = concurrency.enter('a', 1)
  await setImmediate()
  const alone = await entering
  t.equal(alone.count, 1, 'it has counted by itself')
  t.match(await concurrency.enter('a', 1), { leave: null, count: 1 })
  const [asked] = sent as [EntersMessage]
  concurrency.receive({ type: 'entered', id: asked.id, batch: [{ key: 'a', isIn: true, count: 5 }] })
  t.match(sent.at(-1), { type: 'leaves', keys: ['a'] })
  const again = concurrency.enter('a', 9)
  await setImmediate()
  concurrency.receive({ type: 'entered', id: (sent.at(-1) as EntersMessage).id, batch: [{ key: 'a', isIn: true, count: 6 }] })
  const granted = await again
  t.equal(granted.count, 6)
  granted.leave!()
  t.match(sent.at(-1), { type: 'leaves', keys: ['a'] })
  alone.leave!()
})
