import { Problem } from '#shared/errors.ts'
import type { Precondition } from '../conditional.ts'
import { environmentEtag, type PlacedEnvironment } from '../environments/schema.ts'
import type { Release } from '../store/documents.ts'
import type { Store } from '../store/store.ts'
import { releaseEtag, releaseInEtag } from './etag.ts'

/**
 * A release is made for an environment as its owner has seen it: by the tag of the environment, or by that of the release that it serves.
 * @throws {Problem} `precondition_failed`, which names the release that is served and the one that the caller has seen
 */
export async function checkServed (store: Store, placed: PlacedEnvironment, precondition: Precondition): Promise<void> {
  const { gatewayId, name, release: number } = placed.environment
  const etag = environmentEtag(placed)
  const find = async (number: number | null): Promise<Release | null> => number === null ? null : await store.getRelease({ gatewayId, environment: name }, number)
  const served = await find(number)
  const others = served === null ? [] : [releaseEtag(served)]
  const seen = precondition.tags.map(releaseInEtag).find(number => number !== null) ?? null
  if (precondition.holds(etag, others) || served === null || seen === null || seen === served.number) return precondition.check(etag, others)
  throw new Problem('precondition_failed', `${name} serves release ${served.number} by ${served.author}, and not release ${seen}, which you have seen.`, {
    headers: { etag }, extra: { current: describe(served), yours: describe(await find(seen)) }
  })
}

/** `null`: it is kept no more. */
function describe (release: Release | null) {
  return release && { release: release.number, author: release.author, note: release.note, createdAt: release.createdAt }
}
