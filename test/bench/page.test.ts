import t from 'tap'
import { page } from '../../bench/report/page.ts'
import { sampleResult, samplePeer, sampleScenario, sampleTarget } from '../support/bench-result.ts'

t.test('missed targets stand first, and are counted', async t => {
  const text = page(sampleResult())
  t.match(text, '<h2>1 of 3 targets missed</h2>')
  t.ok(text.indexOf('✗ missed') < text.indexOf('✓ met'))
  t.match(text, 'imprun / workerd, requests a second, at least 3')
  t.match(page(sampleResult({ scenarios: [sampleScenario({ targets: [sampleTarget()] })] })), '<h2>1 of 1 targets met</h2>')
})

t.test('a page stands alone: nothing of it runs, and nothing is asked for', async t => {
  const text = page(sampleResult())
  t.notMatch(text, /<script|<link|<img|url\(|@import|src=|https?:\/\//)
  t.match(text, 'content="default-src \'none\'')
  t.strictSame([...text.matchAll(/href="([^"]*)"/g)].filter(([, target]) => !target!.startsWith('#')), [])
})

t.test('nothing that was measured becomes a part of the page', async t => {
  const hostile = '"><script>x</script>'
  const text = page(sampleResult({
    scenarios: [sampleScenario({
      id: hostile,
      title: hostile,
      about: hostile,
      throughput: [{ ...samplePeer(hostile, [1, 2]), version: hostile, generator: hostile }, samplePeer('imprun', [1, 2], { [hostile]: 3 })],
      latency: [{ name: hostile, version: hostile, perSecond: 1, rounds: [{ count: 1, p50Ms: 1, p90Ms: 1, p99Ms: 1, p999Ms: 1, maxMs: 1 }] }],
      figures: [{ name: hostile, unit: 'ms', values: [1, 2, 3], as: 'percentiles' }, { name: hostile, unit: 'count', values: [1], as: 'maximum' }],
      targets: [sampleTarget({ name: hostile })]
    })],
    missing: [{ scenario: hostile, peer: hostile, reason: hostile }],
    failed: [{ scenario: hostile, reason: hostile }],
    commit: { id: hostile, isDirty: true },
    machine: { cpu: hostile, cores: 2, memoryGiB: 1, system: hostile, node: hostile },
    generators: [hostile],
    at: hostile
  }))
  t.notMatch(text, '<script')
})

t.test('each round is drawn, with the median as the bar', async t => {
  const text = page(sampleResult({ scenarios: [sampleScenario({ throughput: [samplePeer('imprun', [50, 100, 80])] })] }))
  for (const place of ['50%', '100%', '80%']) t.match(text, `<circle class="dot" cx="${place}"`)
  t.match(text, '<rect class="bar" x="0" y="6" width="80%"')
  t.match(text, 'imprun: 80 requests a second, rounds from 50 to 100')
})

t.test('others are held against the one of ours, and against none where there are several', async t => {
  const one = page(sampleResult({ scenarios: [sampleScenario({ throughput: [samplePeer('node:http', [100]), samplePeer('imprun', [52])] })] }))
  t.match(one, 'imprun: 0.52 ×')
  const several = page(sampleResult({ scenarios: [sampleScenario({ throughput: [samplePeer('imprun, 1 client', [100]), samplePeer('imprun, 10,000 clients', [97])] })] }))
  t.notMatch(several, 'class="ratio"')
})

t.test('ours are marked; where none is named so, all are', async t => {
  const marked = (...names: string[]): number => page(sampleResult({ scenarios: [sampleScenario({ throughput: names.map(name => samplePeer(name, [100], null)) })] })).split('class="row ours"').length - 1
  t.equal(marked('node:http', 'imprun'), 1)
  t.equal(marked('none', 'cors'), 2)
})

t.test('processor time that is not known is not drawn', async t => {
  const text = page(sampleResult({ scenarios: [sampleScenario({ throughput: [samplePeer('imprun', [1, 2], null)] })] }))
  t.notMatch(text, 'Processor time')
  t.match(page(sampleResult()), 'imprun: edge 19.4 µs, sandbox 11.1 µs, other 0.20 µs')
})

t.test('what was not measured is said, with the reason', async t => {
  t.match(page(sampleResult()), '<b>deno</b> in <code>function/hello</code>: there is no package of it for this system')
  t.notMatch(page(sampleResult({ missing: [] })), 'Not measured')
})

t.test('a scenario without a result cannot be overlooked', async t => {
  const text = page(sampleResult({ failed: [{ scenario: 'proxy/small', reason: 'imprun failed to answer 3 requests\nat a line of code' }] }))
  t.match(text, '✗ no result</b> of <code>proxy/small</code>: imprun failed to answer 3 requests</li>')
  t.ok(text.indexOf('proxy/small') < text.indexOf('✓ met'))
})

t.test('how to repeat it', async t => {
  const text = page(sampleResult({ mode: 'full' }))
  t.match(text, 'git checkout 0123456789abcdef0123456789abcdef01234567\nnpm ci\nnpm run bench -- full')
  t.match(page(sampleResult({ commit: { id: 'abc', isDirty: true } })), 'with changes that are not committed')
})
