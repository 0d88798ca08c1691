import type { Test } from 'tap'
import { usageMatter, type RouteUse, type UsageReport, type VariableUse } from '#shared/usage.ts'
import { createUplink } from '../../data-plane/uplink.ts'
import { dataPlaneToken, type ControlPlane } from './control-plane.ts'

/** Tells a control plane of what is in use, as an edge worker does. */
export function usageReporter (t: Test, { url }: Pick<ControlPlane, 'url'>): (report: Partial<UsageReport>) => Promise<unknown> {
  const uplink = createUplink({ controlUrl: url, token: () => dataPlaneToken })
  t.teardown(async () => await uplink.close())
  return async report => await uplink.post(usageMatter, { routes: [], variables: [], ...report })
}

/** At the beginning of the test's clock. */
export function routeUse (fields: Partial<RouteUse> = {}): RouteUse {
  return {
    gatewayId: 'shop', environment: 'dev', functionName: 'list', method: 'GET', path: '/orders', requests: 1, lastAt: Date.UTC(2030, 0, 1), clients: [], moreClients: false, ...fields
  }
}

export function variableUse (fields: Partial<VariableUse> = {}): VariableUse {
  return { gatewayId: 'shop', environment: 'dev', functionName: 'list', versionId: 'v1', found: [], missing: [], ...fields }
}
