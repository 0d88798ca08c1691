import { isDeepStrictEqual } from 'node:util'
import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { ReleaseRoute } from '#shared/feed.ts'
import { requireEnvironment } from '../existing.ts'
import { untilUncontended } from '../retry.ts'
import type { Environment, Release } from '../store/documents.ts'
import { StoreError, type EnvironmentRef, type Page, type PageRequest, type Store } from '../store/store.ts'
import type { Promotion } from './schema.ts'

/** The rules of releases. */
export class ReleaseService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  async list (ref: EnvironmentRef, page: PageRequest): Promise<Page<Release>> {
    await requireEnvironment(this.#store, ref)
    return await this.#store.listReleases(ref, page)
  }

  /** Brings all that one environment serves to another: functions, never clients, keys or variables. */
  async promote ({ gatewayId, environment }: EnvironmentRef, { from, note = '' }: Promotion): Promise<{ release: Release, revision: number }> {
    if (from === environment) throw invalidSource('must be another environment')
    return await untilUncontended(async () => {
      const target = await requireEnvironment(this.#store, { gatewayId, environment })
      const source = await this.#store.getEnvironment(gatewayId, from)
      if (source === null) throw invalidSource('must be an environment of this gateway')
      if (source.release === null) throw new Problem('nothing_to_promote', `Nothing has been released to ${from}.`)
      const routes = await servedRoutes(this.#store, source)
      if (isDeepStrictEqual(routes, await servedRoutes(this.#store, target))) {
        throw new Problem('nothing_to_promote', `${environment} serves all that ${from} does already.`)
      }
      const deployment = { environment, routes, note, from, createdAt: timestamp(this.#clock), basedOn: target.release }
      return await this.#store.createRelease(gatewayId, deployment)
    })
  }
}

/** What an environment serves now. */
export async function servedRoutes (store: Store, { gatewayId, name, release: number }: Environment): Promise<ReleaseRoute[]> {
  if (number === null) return []
  const release = await store.getRelease({ gatewayId, environment: name }, number)
  // Releases end with their environment alone: it was deleted after it was read.
  if (release === null) throw new StoreError('revision_mismatch', `Release ${number} of ${gatewayId}-${name} is gone`)
  return release.routes
}

function invalidSource (detail: string): Problem {
  return new Problem('validation_failed', undefined, { errors: [{ pointer: '/from', detail }] })
}
