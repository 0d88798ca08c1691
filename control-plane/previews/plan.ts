import { isDeepStrictEqual } from 'node:util'
import type { ReleaseRoute } from '#shared/feed.ts'
import { administrator } from '../authors.ts'
import { requireEnvironment } from '../existing.ts'
import { withRoute } from '../functions/deployment.ts'
import { servedRoutes } from '../releases/served.ts'
import type { Environment, Preview } from '../store/documents.ts'
import type { Deployment, EnvironmentRef, Store, StoreWrite } from '../store/store.ts'
import { requirePreviewRoom } from './limits.ts'

export interface PreviewWish extends EnvironmentRef {
  /** The one that differs from what the environment serves. */
  route: ReleaseRoute
  note: string
  /** RFC 3339, as `expiresAt`. */
  now: string
  expiresAt: string
}

export type PreviewPlan =
  /** A release is to be made. */
  | { deployment: Deployment, kept: null, extension: null }
  /** One like it is there; `extension` lets it stay as long as this one would. `null`: it does already. */
  | { deployment: null, kept: Preview, extension: StoreWrite | null }

/** What an environment serves, with another version of one function. @throws {Problem} `environment_not_found`, `route_conflict`, `preview_limit_reached` */
export async function planPreview (store: Store, { gatewayId, environment: name, route, note, now, expiresAt }: PreviewWish): Promise<PreviewPlan> {
  const environment = await requireEnvironment(store, { gatewayId, environment: name })
  const routes = withRoute(await servedRoutes(store, environment), route, name)
  const there = await findAlike(store, environment, routes)
  if (there !== null) {
    const kept = expiresAt > there.expiresAt ? { ...there, expiresAt } : there
    return { deployment: null, kept, extension: kept === there ? null : extend(environment, kept) }
  }
  requirePreviewRoom(environment, now)
  const deployment: Deployment = {
    environment: name, routes, note, origin: { kind: 'deployment' }, author: administrator, forced: false, createdAt: now,
    basedOn: environment.release, beside: environment.canary?.release ?? null, use: { preview: { expiresAt } }
  }
  return { deployment, kept: null, extension: null }
}

/** The host stays the same where the same thing is saved again. */
async function findAlike (store: Store, { gatewayId, name: environment, previews }: Environment, routes: readonly ReleaseRoute[]): Promise<Preview | null> {
  for (const preview of previews) {
    const release = await store.getRelease({ gatewayId, environment }, preview.release)
    if (isDeepStrictEqual(release?.routes, routes)) return preview
  }
  return null
}

function extend ({ gatewayId, name: environment, release, canary, lastCanary, previews, revision }: Environment, kept: Preview): StoreWrite {
  const serving = { release, canary, lastCanary, previews: previews.map(preview => preview.release === kept.release ? kept : preview) }
  return { write: 'replaceServing', with: [{ gatewayId, environment }, serving, revision] }
}
