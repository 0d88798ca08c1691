import t from 'tap'
import { createStarted } from '../../bench/engine/started.ts'

t.test('who closes second waits for what the first is closing', async t => {
  const started = createStarted()
  const { promise: gone, resolve: go } = Promise.withResolvers<void>()
  const order: string[] = []
  started.add(async () => {
    await gone
    order.push('closed')
  })
  const first = started.close()
  const second = started.close().then(() => order.push('second'))
  await new Promise(resolve => setImmediate(resolve))
  go()
  await Promise.all([first, second])
  t.strictSame(order, ['closed', 'second'])
})
