import t from 'tap'
import { createLogger } from '#shared/log.ts'
import { startPreviewSweep } from '../../control-plane/previews/sweep.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { openCanaryShop, staging } from '../support/canary-shop.ts'
import { until } from '../support/until.ts'

const logger = createLogger('control-plane', 'silent')

t.test('previews that have expired end with their releases, whoever sweeps and whoever writes', async t => {
  const { admin, clock, release, store } = await openCanaryShop(t)
  await release(2, { preview: true, expiresInSeconds: 60 })
  await release(2, { preview: true, expiresInSeconds: 120 })
  await release(3, { canary: {} })
  clock.advance(60_000)
  let interferences = 2
  const interfered: Store = {
    ...store,
    replaceServing: async (ref, serving, expectedRevision) => {
      if (interferences-- > 0) {
        const { revision, ...environment } = (await store.getEnvironment(ref.gatewayId, ref.environment))!
        await store.replaceEnvironment(environment, revision)
      }
      return await store.replaceServing(ref, serving, expectedRevision)
    }
  }
  for (const used of [store, interfered, interfered]) {
    const sweep = startPreviewSweep({ store: used, clock, logger, intervalMs: 1 })
    t.teardown(async () => await sweep.close())
  }
  const read = async (): Promise<unknown> => (await admin('GET', staging)).json
  t.match((await until('the first is gone', read, environment => (environment as { previews: unknown[] }).previews.length === 1)).value, {
    release: 1, canary: { release: 4 }, previews: [{ release: 3 }]
  })
  t.match((await admin('GET', `${staging}/releases/2`)), { status: 404 })
  clock.advance(60_000)
  await until('the second is gone', read, environment => (environment as { previews: unknown[] }).previews.length === 0)
  t.match((await admin('GET', `${staging}/releases`)).json, { items: [{ number: 4 }, { number: 1 }] })
})
