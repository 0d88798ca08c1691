import t from 'tap'
import { createLogger } from '#shared/log.ts'
import { startKvSweep } from '../../control-plane/kv/sweep.ts'
import { StoreError } from '../../control-plane/store/store.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { until } from '../support/until.ts'

const logger = createLogger('control-plane', 'silent')

t.test('what has expired is taken away in steps, until it is closed', async t => {
  const { admin, clock, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const add = async (count: number): Promise<void> => {
    await store.applyKv(Array.from({ length: count }, (_value, n) => ({ gatewayId: 'shop', environment: 'dev', operation: { op: 'set' as const, key: `k${n}`, value: '1', ttlSeconds: 1 } })))
  }
  await add(1_200)
  clock.advance(1_000)
  const steps: number[] = []
  const counting = { ...store, sweepKv: async (limit: number) => {
    const count = await store.sweepKv(limit)
    steps.push(count)
    return count
  } }
  const sweep = startKvSweep({ store: counting, logger, intervalMs: 1 })
  await until('all are gone', () => steps, seen => seen.length >= 4)
  t.strictSame(steps.slice(0, 4), [500, 500, 200, 0])
  await sweep.close()
  const seen = steps.length
  await add(1)
  clock.advance(1_000)
  t.equal(await store.sweepKv(10), 1, 'nobody has taken it')
  t.equal(steps.length, seen)
})

t.test('a store that does not answer is asked again', async t => {
  let asked = 0
  const { store } = await startControlPlane(t)
  const sweep = startKvSweep({ store: { ...store, sweepKv: async () => { asked++; throw new StoreError('unavailable', 'away') } }, logger, intervalMs: 1 })
  await until('asked again', () => asked, times => times > 2)
  await sweep.close()
  t.ok(asked > 2)
})
