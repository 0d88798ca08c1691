import t from 'tap'
import { largeFunction } from '../../bench/events/large-function.ts'

t.test('the function has about as many bytes as it should, counts its calls, and differs from the next one', async t => {
  const source = largeFunction(3, 50_000)
  t.ok(Math.abs(source.length - 50_000) < 500, `${source.length} bytes`)
  t.not(source, largeFunction(4, 50_000))
  const { default: run } = await import(`data:text/javascript,${encodeURIComponent(source)}`) as { default: () => unknown }
  run()
  t.strictSame(run(), { calls: 2, index: 3 })
})
