import type { Release, ReleaseOrigin } from '../store/documents.ts'
import type { RouteChange } from './changes.ts'
import type { Finding } from './checks/check.ts'

/** A release that could be made, and what speaks against it. */
export interface ReleasePlan {
  /** Number of the release that the environment serves, from which the changes are seen. */
  basedOn: number | null
  origin: ReleaseOrigin
  /** Number of the canary that it ends; `null`: none. */
  endsCanary: number | null
  changes: RouteChange[]
  findings: Finding[]
}

export type Outcome = { plan: ReleasePlan } | MadeRelease

export interface MadeRelease extends Pick<ReleasePlan, 'endsCanary'> {
  release: Release
  revision: number
  /** RFC 3339, where it is a preview. */
  expiresAt: string | null
}
