import type { Test } from 'tap'
import { startControlPlane, type ControlPlane, type ControlPlaneInit } from './control-plane.ts'
import type { Answer } from './http.ts'

export interface CanaryShop extends ControlPlane {
  /** Ids of the three versions of its one function, `f`. */
  versions: string[]
  /** Makes a release of staging with another version of it, and whatever else the body says. */
  release: (version: number, body?: object) => Promise<Answer>
}

export const gateway = '/api-gateways/shop'
export const staging = `${gateway}/environments/staging`
export const canaryPath = `${staging}/canary`

/** A control plane with a gateway whose staging serves the first of three versions, as its release 1. */
export async function openCanaryShop (t: Test, init?: ControlPlaneInit): Promise<CanaryShop> {
  const plane = await startControlPlane(t, init)
  const { admin } = plane
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const versions: string[] = []
  for (const value of [1, 2, 3]) {
    const saved = await admin('PUT', `${gateway}/functions/f`, { methods: ['GET'], path: '/', source: `export default () => ${value}` })
    versions.push((saved.json as { version: string }).version)
  }
  const release: CanaryShop['release'] = async (version, body = {}) => await admin('POST', `${staging}/releases`, { functions: { f: version }, ...body })
  await release(1)
  return { ...plane, versions, release }
}
