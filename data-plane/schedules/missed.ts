import type { PersistentUplink, ScheduleClaim } from './claims.ts'

/** Due times for which nobody could be asked, to be told when the control plane is back. */
export interface MissedRuns {
  add: (claim: ScheduleClaim) => void
  /** The control plane answers: now is the time. */
  flush: () => void
}

/** Beyond it the oldest are forgotten. */
const maxKept = 10_000
const maxPerPost = 100
/** Between two tries to tell them. */
const tellAfterMs = 30_000

export function createMissedRuns (uplink: Pick<PersistentUplink, 'postOnce'>): MissedRuns {
  let kept: ScheduleClaim[] = []
  let isTelling = false
  let timer: NodeJS.Timeout | undefined

  const arm = (): void => {
    clearTimeout(timer)
    if (kept.length > 0) timer = setTimeout(flush, tellAfterMs).unref()
  }
  const tell = async (): Promise<void> => {
    isTelling = true
    while (kept.length > 0) {
      const batch = kept.slice(0, maxPerPost)
      // What is refused once is refused for ever.
      if (await uplink.postOnce('/schedule-runs/missed', { runs: batch }) === 'unreachable') break
      const told = new Set(batch)
      kept = kept.filter(claim => !told.has(claim))
    }
    isTelling = false
    arm()
  }
  const flush = (): void => {
    if (!isTelling && kept.length > 0) void tell()
  }
  return {
    add: claim => {
      kept.push(claim)
      if (kept.length > maxKept) kept.shift()
      if (kept.length === 1) arm()
    },
    flush
  }
}
