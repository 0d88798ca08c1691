import { expiryOf } from '../previews/limits.ts'
import { planPreview } from '../previews/plan.ts'
import { invalidField } from '../field-errors.ts'
import type { ReleaseRoute } from '#shared/feed.ts'
import type { Deployment, Store, StoreWrite } from '../store/store.ts'
import { deployEnvironment, planRoute } from './deployment.ts'
import type { SaveQuery } from './schema.ts'

/** Where a version that is saved is served at once. */
export type Target = { kind: 'none' } | { kind: 'deployment' } | { kind: 'preview', environment: string, expiresInSeconds: number | undefined }

/** What becomes of that. */
export interface Placement {
  /** `null`: no release is to be made. */
  deployment: Deployment | null
  /** Beside it; `null`: nothing. */
  extension: StoreWrite | null
  /** Number of the release of dev that serves the version already; `null`: none, or none was asked for. */
  current: number | null
  /** One that is there already serves it. */
  preview: PlacedPreview | null
}

export interface PlacedPreview { environment: string, release: number, expiresAt: string }

/** @throws {Problem} `validation_failed` */
export function readTarget ({ deploy, preview = false, environment, expiresInSeconds }: SaveQuery): Target {
  if (preview) {
    if (deploy === true) throw invalidField('/query/deploy', 'must be left out or false where a preview is asked for')
    return { kind: 'preview', environment: environment ?? deployEnvironment, expiresInSeconds }
  }
  if (environment !== undefined) throw invalidField('/query/environment', 'has a meaning with preview=true alone')
  if (expiresInSeconds !== undefined) throw invalidField('/query/expiresInSeconds', 'has a meaning with preview=true alone')
  return { kind: deploy === false ? 'none' : 'deployment' }
}

export interface PlacementSubject { gatewayId: string, route: ReleaseRoute, message: string, now: string }

/** @throws {Problem} where the target cannot serve it */
export async function planPlacement (store: Store, target: Target, { gatewayId, route, message, now }: PlacementSubject): Promise<Placement> {
  switch (target.kind) {
    case 'none': return { deployment: null, extension: null, current: null, preview: null }
    case 'deployment': return { ...await planRoute(store, gatewayId, now, route), extension: null, preview: null }
    case 'preview': {
      const { environment } = target
      const expiresAt = expiryOf(Date.parse(now), target.expiresInSeconds)
      const { deployment, kept, extension } = await planPreview(store, { gatewayId, environment, route, note: message, now, expiresAt })
      return { deployment, extension, current: null, preview: kept && { environment, ...kept } }
    }
  }
}

/** Of a release that was made. */
export function previewOf ({ environment, use }: Deployment, release: number): PlacedPreview | null {
  return use !== undefined && 'preview' in use ? { environment, release, ...use.preview } : null
}
