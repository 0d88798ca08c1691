import { readFile } from 'node:fs/promises'
import t from 'tap'
import { speedText, withSpeed } from '../../bench/report/readme.ts'
import { latest, readResult } from '../../bench/report/write.ts'
import { sampleFigure, samplePeer, sampleResult, sampleScenario, sampleTarget } from '../support/bench-result.ts'

t.test('the README says what the kept run says, and nothing else', async t => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  t.equal(readme, withSpeed(readme, speedText(await readResult(latest))), '`npm run bench -- readme` makes it right')
})

t.test('only what is between the comments is made', async t => {
  const readme = `before\n${withSpeed('<!-- made by `npm run bench -- readme` from bench/results/latest.json -->\nold\n<!-- end of what is made -->', 'new')}\nafter`
  t.match(readme, /^before\n<!-- made [^\n]*\nnew\n<!-- end [^\n]*\nafter$/)
  t.equal(withSpeed(readme, 'new'), readme)
  t.throws(() => withSpeed('no place', 'new'), /no place between/)
})

t.test('missed targets stand first, and are missed', async t => {
  const text = speedText(sampleResult({ scenarios: [sampleScenario({ targets: [sampleTarget(), sampleTarget({ name: 'imprun / workerd', wanted: 3, measured: 2.74, isMet: false })] })] }))
  t.match(text, '**1 of 2 targets missed.**')
  t.match(text, '| target | wanted | measured |  |\n| --- | --- | --- | --- |\n| imprun / workerd (`function/hello`) | at least 3.00 × | 2.74 × | **missed** |\n| imprun / node:http')
})

t.test('each scenario with what stands beside it in the same run', async t => {
  const text = speedText(sampleResult({
    scenarios: [
      sampleScenario({ throughput: [samplePeer('node:http', [100, 90, 80]), samplePeer('imprun', [50, 54, 32])] }),
      sampleScenario({ title: 'Many clients', group: 'keys', throughput: [samplePeer('imprun, 1 client', [50]), samplePeer('imprun, 10,000 clients', [49])] }),
      sampleScenario({ title: 'One policy', group: 'policies', throughput: [samplePeer('imprun', [50])] })
    ]
  }))
  t.match(text, '| A small answer | 50 | node:http 90 (0.50 ×) |', 'by the median of paired rounds')
  t.match(text, '| Many clients | imprun, 1 client 50, imprun, 10,000 clients 49 |  |')
  t.notMatch(text, 'One policy')
})

t.test('latency and events', async t => {
  const text = speedText(sampleResult())
  t.match(text, '| A function at a constant rate: imprun | 2,000 | 0.50 | 2.38 | 5.25 |')
  t.match(text, /\| Revoked keys: until an open stream has ended \| 33 \| [\d.]+ ms \|/)
  t.notMatch(text, 'requests that failed', 'what is one number is in the report')
  t.match(speedText(sampleResult({ scenarios: [sampleScenario({ group: 'events', figures: [sampleFigure({ values: [1, 2, 9] })] })] })), '| A small answer: time | 3 | 2.00 ms | 9.00 ms | 9.00 ms |')
})

t.test('what has no result is said, and nothing breaks out of its cell', async t => {
  const text = speedText(sampleResult({ failed: [{ scenario: 'proxy/small', reason: 'a | b\n<script>' }] }))
  t.match(text, '**No result** of `proxy/small`: a \\| b \\<script\\>')
})
