import { setTimeout as delay } from 'node:timers/promises'

/** For how long somebody who has been met is expected to come again. */
const rememberedMs = 1_000
const maxPauseMs = 15

/**
 * Between writers of several processes that want the same document: who has just had it would get it again and again, being the first to know that it
 * is free, and leave the others to their retries until they give up.
 */
export interface Courtesy {
  /** Waits a moment where others have been met lately. */
  letOthersIn: () => Promise<void>
  /** @param attempts how many this write has taken */
  heed: (attempts: number, revision: number) => void
}

export function createCourtesy (): Courtesy {
  let metAt = -Infinity
  let lastRevision: number | null = null
  return {
    letOthersIn: async () => {
      if (performance.now() - metAt < rememberedMs) await delay(Math.random() * maxPauseMs)
    },
    heed: (attempts, revision) => {
      if (attempts > 1 || (lastRevision !== null && revision !== lastRevision + 1)) metAt = performance.now()
      lastRevision = revision
    }
  }
}
