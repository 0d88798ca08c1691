import t from 'tap'
import type { LogStore } from '../../control-plane/store/log-store.ts'
import { startLogApi } from '../support/log-api.ts'
import { until } from '../support/until.ts'

t.test('a slow reader costs no memory, and is told how much it has missed', async t => {
  let reads = 0
  let listeners = 0
  const counted = (logStore: LogStore): LogStore => ({
    ...logStore,
    readOn: async (...args) => {
      reads++
      return await logStore.readOn(...args)
    },
    onAppend: (...args) => {
      listeners++
      const stop = logStore.onAppend(...args)
      return () => {
        listeners--
        stop()
      }
    }
  })
  const { say, follow, url } = await startLogApi(t, { logMaxBytes: 4_000_000, wrapLogStore: counted })
  const events = await follow()
  const batches = 50
  const perBatch = 100
  for (let batch = 0; batch < batches; batch++) {
    await say(...Array.from({ length: perBatch }, (_none, index) => ({ message: `${batch * perBatch + index} ${'x'.repeat(8_000)}` })))
  }
  for (let n = 0; n < 20; n++) await (await fetch(`${url}/healthz`)).text()
  t.ok(reads < batches / 2, `${reads} reads for ${batches} batches`)
  const { received, missed } = await countUntil(events.next, batches * perBatch)
  t.ok(missed > 0, `${received} received, ${missed} missed`)
  t.equal(received + missed, batches * perBatch)

  t.equal(listeners, 1)
  events.close()
  await until('nothing is left of it when it is gone', () => listeners, left => left === 0)
})

/** Each line comes once, in its order; the gaps are those that were told. */
async function countUntil (next: () => Promise<{ type: string, data: unknown }>, total: number): Promise<{ received: number, missed: number }> {
  const counts = { received: 0, missed: 0 }
  while (counts.received + counts.missed < total) {
    const { type, data } = await next()
    if (type === 'missed') {
      counts.missed += (data as { lines: number }).lines
      continue
    }
    const number = Number.parseInt((data as { message: string }).message)
    if (number !== counts.received + counts.missed) throw new Error(`Line ${number} came after ${JSON.stringify(counts)}`)
    counts.received++
  }
  return counts
}
