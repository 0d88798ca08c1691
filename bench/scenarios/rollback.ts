import { performance } from 'node:perf_hooks'
import { environmentDomain } from '#shared/host.ts'
import type { Platform } from '../../test/support/launch.ts'
import { must, openGateway } from '../peers/imprun.ts'
import { percentiles, type Percentiles } from '../report.ts'

export interface RollbackResult {
  rollbacks: number
  /** From sending the rollback to the first traffic answer of the release before. */
  servedMs: Percentiles
}

const gatewayId = 'rollback'

/** Breaks an environment with a release whose function throws, sees it broken, and takes it back. */
export async function measureRollback ({ admin, traffic }: Platform, rollbacks: number): Promise<RollbackResult> {
  await openGateway(admin, gatewayId)
  const gateway = `/api-gateways/${gatewayId}`
  const host = environmentDomain(gatewayId, 'dev', 'localhost')
  const save = async (source: string): Promise<void> => void must(await admin('PUT', `${gateway}/functions/work`, { methods: ['GET'], path: '/work', source }))
  const untilStatus = async (status: number): Promise<void> => { while ((await traffic(host, '/work')).status !== status); }
  await save('export default () => "fine"')
  await untilStatus(200)
  const served: number[] = []
  for (let index = 0; index < rollbacks; index++) {
    await save(`export default () => { throw new Error("broken, ${index}") }`)
    await untilStatus(500)
    const began = performance.now()
    must(await admin('POST', `${gateway}/environments/dev/rollback`, {}))
    await untilStatus(200)
    served.push(performance.now() - began)
  }
  return { rollbacks, servedMs: percentiles(served) }
}
