import type { ReleaseRoute } from '#shared/feed.ts'
import { deployEnvironment } from '../functions/deployment.ts'
import { compareRoutes } from '../releases/changes.ts'
import type { Finding } from '../releases/checks/check.ts'
import { isRefusal, type Preflight } from '../releases/preflight.ts'
import type { Deployment, Store, StoreWrite } from '../store/store.ts'
import { plannedFacts, plannedGateway, type Planned } from './facts.ts'

export interface ImportFinding extends Finding { environment: string }

export interface CheckedWrites {
  findings: ImportFinding[]
  /** Releases that were refused say that they were forced. */
  writes: StoreWrite[]
}

/** Looks at the releases that an import is about to make, each in its environment as the import leaves it. */
export async function preflightImport (store: Store, preflight: Preflight, planned: Planned): Promise<CheckedWrites> {
  const checked: CheckedWrites = { findings: [], writes: [] }
  for (const write of planned.writes) {
    if (write.write !== 'createRelease') {
      checked.writes.push(write)
      continue
    }
    const [gatewayId, deployment] = write.with
    const findings = await check(store, preflight, planned, deployment)
    checked.findings.push(...findings.map(finding => ({ environment: deployment.environment, ...finding })))
    checked.writes.push({ write: 'createRelease', with: [gatewayId, { ...deployment, forced: findings.some(isRefusal) }] })
  }
  return checked
}

async function check (store: Store, preflight: Preflight, planned: Planned, { environment, routes, origin }: Deployment): Promise<Finding[]> {
  const gateway = plannedGateway(planned)
  const served = planned.state?.environments.find(state => state.environment.name === environment)?.routes ?? []
  const fresh = new Map(planned.writes.flatMap(write => write.write === 'saveFunction' ? [[write.with[1].id, write.with[1].bundle]] : []))
  const findings = await preflight({
    gateway, origin, use: 'serve', changes: compareRoutes(served, routes), target: plannedFacts(planned, environment), source: null,
    bundleOf: async ({ functionName, versionId }: ReleaseRoute) =>
      fresh.get(versionId) ?? (await store.getFunctionVersion(gateway.id, functionName, versionId))?.bundle ?? null
  })
  // Functions are deployed there whenever they are saved, and nobody is asked.
  return environment === deployEnvironment ? findings.map(finding => ({ ...finding, severity: 'warning' })) : findings
}
