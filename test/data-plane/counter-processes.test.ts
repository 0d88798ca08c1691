import t from 'tap'
import { askWorker, startTestWorkers } from '../support/workers.ts'

t.test('two worker processes count together, exactly once each', async t => {
  const { workers } = await startTestWorkers(t)
  const port = await workers.ready
  const hits: Array<Record<string, unknown>> = []
  while (new Set(hits.map(({ pid }) => pid)).size < 2) {
    hits.push(...await Promise.all(Array.from({ length: 50 }, async () => await askWorker(port, 'hit/shop'))))
    if (hits.length > 20_000) return t.fail('one of the workers never answered')
  }
  t.strictSame(hits.map(({ count }) => Number(count)).sort((a, b) => a - b), Array.from(hits, (_, i) => i + 1))
  t.equal((await askWorker(port, 'hit/blog')).count, 1)
})

t.test('a nonce is fresh for one of two worker processes, once', async t => {
  const { workers } = await startTestWorkers(t)
  const port = await workers.ready
  const verdicts: Array<Record<string, unknown>> = []
  while (new Set(verdicts.map(({ pid }) => pid)).size < 2) {
    verdicts.push(...await Promise.all(Array.from({ length: 50 }, async () => await askWorker(port, 'nonce/n1'))))
    if (verdicts.length > 20_000) return t.fail('one of the workers never answered')
  }
  t.equal(verdicts.filter(({ verdict }) => verdict === 'fresh').length, 1)
  t.strictSame(new Set(verdicts.map(({ verdict }) => verdict)), new Set(['fresh', 'seen']))
})
