import { environmentDomain } from '#shared/host.ts'
import { sharedPlatform, workerCount } from '../../events/platform.ts'
import { connectWorkers, untilAllShow } from '../../events/workers.ts'
import { saveFunction } from '../../events/writes.ts'
import { p99AtMost, times } from '../../figures.ts'
import { must, openGateway } from '../../peers/imprun.ts'
import type { Scenario } from '../../scenario.ts'

const rollbacks = 100
const wantedMs = 150
const gatewayId = 'rollback'

/** Breaks an environment with a release whose function throws, sees it broken, and takes it back. */
export const rollback: Scenario = {
  id: 'events/rollback',
  group: 'events',
  title: 'A broken release is taken back',
  about: `${rollbacks} times a release whose function throws is taken back: from sending the rollback until all ${workerCount} edge workers answer with the release before. One rollback goes before and does not count.`,
  mode: 'short',
  run: async bench => {
    const { admin, dataUrl } = await sharedPlatform(bench)
    await openGateway(admin, gatewayId)
    const workers = await connectWorkers(dataUrl, workerCount)
    bench.started.add(async () => { for (const worker of workers) await worker.close() })
    // The gateway asks for none.
    const asker = { host: environmentDomain(gatewayId, 'dev', 'localhost'), key: '' }
    const untilStatus = async (wanted: number): Promise<void> => await untilAllShow(dataUrl, { asker, path: '/work', isShown: ({ status }) => status === wanted }, workers)
    await saveFunction(admin, { gatewayId }, 'work', 'export default () => "fine"')
    await untilStatus(200)
    const served: number[] = []
    for (let index = 0; index <= rollbacks; index++) {
      await saveFunction(admin, { gatewayId }, 'work', `export default () => { throw new Error("broken, ${index}") }`)
      await untilStatus(500)
      const begunAt = performance.now()
      must(await admin('POST', `/api-gateways/${gatewayId}/environments/dev/rollback`, {}))
      await untilStatus(200)
      if (index > 0) served.push(performance.now() - begunAt)
    }
    const figure = times('from sending a rollback until all workers serve the release before', served)
    return { figures: [figure], targets: [p99AtMost(figure, wantedMs)] }
  }
}
