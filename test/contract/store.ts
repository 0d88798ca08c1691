import type { Test } from 'tap'
import { clientsContract } from './clients.ts'
import { dataPlaneTokensContract } from './data-plane-tokens.ts'
import { dataPlanesContract } from './data-planes.ts'
import { deletedFunctionsContract } from './deleted-functions.ts'
import { environmentsContract } from './environments.ts'
import { feedHistoryContract } from './feed-history.ts'
import { feedVersionsContract } from './feed-versions.ts'
import { feedContract } from './feed.ts'
import { functionsContract } from './functions.ts'
import { gatewaysContract } from './gateways.ts'
import type { OpenStore } from './harness.ts'
import { kvContract } from './kv.ts'
import { kvLimitsContract } from './kv-limits.ts'
import { lifecycleContract } from './lifecycle.ts'
import { quotaUsesContract } from './quota-uses.ts'
import { releaseCountsContract } from './release-counts.ts'
import { releasesContract } from './releases.ts'
import { scheduleRunsContract } from './schedule-runs.ts'
import { servingContract } from './serving.ts'
import { settingsContract } from './settings.ts'
import { togetherContract } from './together.ts'
import { upstreamsContract } from './upstreams.ts'
import { usageContract } from './usage.ts'
import { variablesContract } from './variables.ts'

/**
 * What every store does, written against the interface alone. Each adapter's test hands in how it is opened.
 * @param historySteps how long the random history is: what is found by it is found sooner or later
 */
export function storeContract (t: Test, open: OpenStore, { historySteps = 300 } = {}): void {
  t.test('gateways', async t => { gatewaysContract(t, open) })
  t.test('environments', async t => { environmentsContract(t, open) })
  t.test('clients', async t => { clientsContract(t, open) })
  t.test('variables', async t => { variablesContract(t, open) })
  t.test('upstreams', async t => { upstreamsContract(t, open) })
  t.test('functions', async t => { functionsContract(t, open) })
  t.test('deleted functions', async t => { deletedFunctionsContract(t, open) })
  t.test('releases', async t => { releasesContract(t, open) })
  t.test('canaries and previews', async t => { servingContract(t, open) })
  t.test('counts of releases', async t => { releaseCountsContract(t, open) })
  t.test('several writes as one', async t => { togetherContract(t, open) })
  t.test('feed', async t => { feedContract(t, open) })
  t.test('feed: versions and scope', async t => { feedVersionsContract(t, open) })
  t.test('feed: any history', async t => { feedHistoryContract(t, open, historySteps) })
  t.test('key-value stores', async t => { kvContract(t, open) })
  t.test('key-value stores: limits and expiry', async t => { kvLimitsContract(t, open) })
  t.test('runs of schedules', async t => { scheduleRunsContract(t, open) })
  t.test('quotas', async t => { quotaUsesContract(t, open) })
  t.test('what is in use', async t => { usageContract(t, open) })
  t.test('data planes', async t => { dataPlanesContract(t, open) })
  t.test('tokens of data planes', async t => { dataPlaneTokensContract(t, open) })
  t.test('settings', async t => { settingsContract(t, open) })
  t.test('lifecycle', async t => { lifecycleContract(t, open) })
}
