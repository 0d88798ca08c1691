import t from 'tap'
import { setImmediate } from 'node:timers/promises'
import { createRemoteCounters } from '../../data-plane/limits/remote-counter.ts'
import type { HitsMessage, WorkerMessage } from '../../data-plane/messages.ts'

t.test('the hits of one turn travel in one message, and each gets its own count', async t => {
  const sent: HitsMessage[] = []
  const counters = createRemoteCounters(collect(sent))
  const hits = [counters.hit('a', 1_000), counters.hit('b', 2_000), counters.hit('a', 1_000)]
  await setImmediate()
  const later = counters.hit('c', 1_000)
  await setImmediate()
  t.match(sent, [{ batch: [['a', 1_000], ['b', 2_000], ['a', 1_000]] }, { batch: [['c', 1_000]] }])
  const [first, second] = sent as [HitsMessage, HitsMessage]
  counters.receive({ type: 'counts', id: second.id, batch: [{ count: 9, resetsInMs: 9 }] })
  t.equal((await later).count, 9, 'whichever answer comes first')
  counters.receive({ type: 'counts', id: first.id, batch: [1, 2, 3].map(count => ({ count, resetsInMs: 1 })) })
  t.strictSame((await Promise.all(hits)).map(({ count }) => count), [1, 2, 3])
})

t.test('when the supervisor is gone, whatever waits is counted here, and so is what comes later', async t => {
  const counters = createRemoteCounters(() => {})
  const sent = counters.hit('a', 1_000)
  await setImmediate()
  const notSent = counters.hit('a', 1_000)
  counters.close()
  t.strictSame((await Promise.all([sent, notSent, counters.hit('a', 1_000)])).map(({ count }) => count), [1, 2, 3])
})

t.test('while the supervisor does not answer, whatever waits is counted here; when it does, it counts again', async t => {
  const sent: HitsMessage[] = []
  const counters = createRemoteCounters(collect(sent), { patienceMs: 1 })
  t.equal((await counters.hit('a', 1_000)).count, 1, 'nobody has answered')
  t.equal((await counters.hit('a', 1_000)).count, 2)
  t.equal(sent.length, 1, 'and nobody is asked any more')
  counters.receive({ type: 'counts', id: sent[0]!.id, batch: [{ count: 7, resetsInMs: 1 }] })
  const hit = counters.hit('a', 1_000)
  await setImmediate()
  counters.receive({ type: 'counts', id: sent[1]!.id, batch: [{ count: 8, resetsInMs: 1 }] })
  t.equal((await hit).count, 8)
})

function collect (sent: HitsMessage[]): (message: WorkerMessage) => void {
  return message => { if (message.type === 'hits') sent.push(message) }
}
