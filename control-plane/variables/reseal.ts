import { setImmediate } from 'node:timers/promises'
import type { Logger } from '#shared/log.ts'
import { SecretError, secretPlace, type SecretBox } from '#shared/secret-box.ts'
import { madeOrGone, untilUncontended } from '../retry.ts'
import type { Variable } from '../store/documents.ts'
import type { EnvironmentRef, Page, PageRequest, Store } from '../store/store.ts'

export interface ResealOptions {
  store: Store
  secretBox: SecretBox
  logger: Logger
}

export interface Resealing {
  finished: Promise<void>
  /** Ends it between two secrets, where it has not ended by itself; the next start goes on. */
  close: () => Promise<void>
}

const pageSize = 50

/**
 * After a key was put in front: seals every secret again that another key has sealed, so that the old key can be taken away.
 * Each is an ordinary write of the store, so traffic goes on and several control planes may do it at once.
 */
export function startResealing (options: ResealOptions): Resealing {
  const closing = new AbortController()
  const finished = resealAndTell(options, closing.signal)
  return {
    finished,
    close: async () => {
      closing.abort()
      await finished
    }
  }
}

async function resealAndTell (options: ResealOptions, signal: AbortSignal): Promise<void> {
  const { logger } = options
  try {
    const { resealed, failed } = await resealAll(options, signal)
    // A warning, since somebody waits for it who has put a new key in front.
    if (resealed > 0) logger.warn({ resealed, failed }, 'secrets have been sealed again with the first key')
  } catch (err) {
    logger.error({ err }, 'not all secrets could be sealed again; the next start goes on')
  }
}

async function resealAll ({ store, secretBox, logger }: ResealOptions, signal: AbortSignal): Promise<{ resealed: number, failed: number }> {
  const counts = { resealed: 0, failed: 0 }
  for await (const { ref, variable } of allVariables(store)) {
    if (signal.aborted) break
    if (!variable.secret || !secretBox.isStale(variable.value)) continue
    try {
      if (await reseal(store, secretBox, ref, variable.name)) counts.resealed++
    } catch (err) {
      if (!(err instanceof SecretError)) throw err
      counts.failed++
      logger.error({ err, ...ref, variable: variable.name }, 'no key opens this secret')
    }
  }
  return counts
}

/** true: it was written. */
async function reseal (store: Store, secretBox: SecretBox, ref: EnvironmentRef, name: string): Promise<boolean> {
  const place = secretPlace(ref, name)
  return await untilUncontended(async () => {
    const found = await store.getVariable(ref, name)
    // Meanwhile somebody has put it again, or removed it.
    if (found === null || !found.secret || !secretBox.isStale(found.value)) return false
    const { revision, ...variable } = found
    const value = secretBox.seal(secretBox.open(found.value, place), place)
    await madeOrGone(() => store.putVariable(ref, { ...variable, value }, revision))
    return true
  })
}

async function * allVariables (store: Store): AsyncGenerator<{ ref: EnvironmentRef, variable: Variable }, void, undefined> {
  for await (const gateway of items(page => store.listGateways(page))) {
    for (const environment of gateway.environments) {
      const ref = { gatewayId: gateway.id, environment }
      for await (const variable of items(page => store.listVariables(ref, page))) yield { ref, variable }
      // The embedded store answers within the same turn: requests come first.
      await setImmediate()
    }
  }
}

async function * items<Item> (read: (page: PageRequest) => Promise<Page<Item>>): AsyncGenerator<Item, void, undefined> {
  let after: string | null = null
  do {
    const page: Page<Item> = await read({ limit: pageSize, after })
    yield * page.items
    after = page.next
  } while (after !== null)
}
