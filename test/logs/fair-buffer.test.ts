import t from 'tap'
import { FairBuffer } from '../../data-plane/logs/fair-buffer.ts'
import { makeLine } from '../support/log-lines.ts'

t.test('all gateways are taken from in turn, each in its order', async t => {
  const buffer = new FairBuffer({ maxSize: 1e7, batchSize: 10_000 })
  for (let n = 0; n < 1_000; n++) buffer.add(makeLine({ gatewayId: 'loud', message: `${n}` }))
  buffer.add(makeLine({ gatewayId: 'quiet', message: 'a' }))
  buffer.add(makeLine({ gatewayId: 'quiet', message: 'b' }))
  t.ok(buffer.isFull)
  const first = buffer.take().lines
  t.ok(first.length < 50)
  t.strictSame(first.filter(({ gatewayId }) => gatewayId === 'quiet').map(({ message }) => message), ['a', 'b'])
  const loud = first.filter(({ gatewayId }) => gatewayId === 'loud')
  while (!buffer.isEmpty) loud.push(...buffer.take().lines)
  t.strictSame(loud.map(({ message }) => Number(message)), Array.from({ length: 1_000 }, (_none, n) => n))
})

t.test('more gateways than a batch has lines are all served within a few batches', async t => {
  const buffer = new FairBuffer({ maxSize: 1e7, batchSize: 1e6 })
  for (let round = 0; round < 3; round++) for (let n = 0; n < 800; n++) buffer.add(makeLine({ gatewayId: `g${n}` }))
  const served = new Set([...buffer.take().lines, ...buffer.take().lines].map(({ gatewayId }) => gatewayId))
  t.equal(served.size, 800)
})

t.test('where there is too much, who has the most loses its oldest lines, and they are counted', async t => {
  const maxSize = 100_000
  const buffer = new FairBuffer({ maxSize, batchSize: 1e6 })
  buffer.add(makeLine({ gatewayId: 'quiet', message: 'first of all' }))
  for (let n = 0; n < 10_000; n++) buffer.add(makeLine({ gatewayId: 'loud', environment: n % 2 === 0 ? 'dev' : 'prod', message: `${n}` }))
  const { losses, lines } = buffer.take()
  while (!buffer.isEmpty) lines.push(...buffer.take().lines)
  t.equal(lines.filter(({ gatewayId }) => gatewayId === 'quiet').length, 1)
  const loud = lines.filter(({ gatewayId }) => gatewayId === 'loud')
  t.ok(loud.length * 250 < maxSize && loud.length > 100, `${loud.length} are left`)
  t.equal(loud.at(-1)!.message, '9999')
  t.strictSame(losses.map(({ gatewayId, environment }) => `${gatewayId}-${environment}`).sort(), ['loud-dev', 'loud-prod'])
  t.equal(losses.reduce((sum, { lines }) => sum + lines, 0) + loud.length, 10_000)
})

t.test('a line that is larger than a batch is a batch of its own', async t => {
  const buffer = new FairBuffer({ maxSize: 1e6, batchSize: 1_000 })
  for (const message of ['x'.repeat(5_000), 'small']) buffer.add(makeLine({ message }))
  t.equal(buffer.take().lines.length, 1)
  t.equal(buffer.take().lines.length, 1)
  t.ok(buffer.isEmpty)
})
