import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import t from 'tap'
import { createLogger } from '#shared/log.ts'
import { startDeletedFunctionSweep } from '../../control-plane/deleted-functions/sweep.ts'
import { functionsRestorableMs } from '../../control-plane/store/store.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { until } from '../support/until.ts'

t.test('what cannot be restored any more is forgotten', async t => {
  const { admin, clock, store, dataDir } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const name of ['early', 'late']) {
    await admin('PUT', `/api-gateways/shop/functions/${name}`, { methods: ['GET'], path: `/${name}`, source: 'export default () => 1' })
    await admin('DELETE', `/api-gateways/shop/functions/${name}`)
    clock.advance(1_000)
  }
  const file = new DatabaseSync(path.join(dataDir, 'store.sqlite'), { readOnly: true })
  t.teardown(() => file.close())
  const kept = (): unknown[] => file.prepare('SELECT name FROM deletedFunctions ORDER BY name').all().map(({ name }) => name)
  t.strictSame(kept(), ['early', 'late'])
  clock.advance(functionsRestorableMs - 2_000)
  const sweep = startDeletedFunctionSweep({ store, logger: createLogger('control-plane', 'silent'), intervalMs: 1 })
  t.teardown(async () => await sweep.close())
  t.strictSame((await until('the first is gone', kept, names => names.length < 2)).value, ['late'])
  t.match((await admin('GET', '/api-gateways/shop/deleted-functions')).json, { items: [{ name: 'late' }] })
})
