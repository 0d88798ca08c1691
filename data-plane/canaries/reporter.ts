import { canariesMatter, canaryReportIntervalMs, maxCanaryCounts, type CanaryReport, type ReleaseCounts } from '#shared/canaries.ts'
import type { Logger } from '#shared/log.ts'
import { createTasks } from '../tasks.ts'
import { UplinkError, type Uplink } from '../uplink.ts'

/** Tells the control plane how the answers of canaries come out, and of what is served beside them. */
export interface CanaryReporter {
  /** Never waits, and never fails. */
  count: (answer: CountedAnswer) => void
  /** Reports what is left, for as long as it may take. */
  close: () => Promise<void>
}

export interface CountedAnswer extends Pick<ReleaseCounts, 'gatewayId' | 'environment' | 'release'> {
  hasFailed: boolean
}

export interface CanaryReporterOptions {
  uplink: Pick<Uplink, 'post'>
  logger: Logger
  /** From the first answer to its report. */
  intervalMs?: number
  /** For what is left in the end. */
  closeMs?: number
  /** Releases to be reported at a time; answers of further ones are not counted. */
  maxReleases?: number
}

/** Much shorter than a canary's window: what is older than this says little about now. */
const postTimeoutMs = 5_000

export function createCanaryReporter (options: CanaryReporterOptions): CanaryReporter {
  const { uplink, logger, intervalMs = canaryReportIntervalMs, closeMs = 750, maxReleases = 10_000 } = options
  /** By environment and release: one that is compiled anew meanwhile stays one. */
  const counts = new Map<string, ReleaseCounts>()
  let timer: NodeJS.Timeout | undefined
  let reporting: Promise<void> | null = null
  let isAway = false

  /** What does not arrive is lost: it may have been counted, and what happened while nobody could act on it says nothing about now. */
  const post = async (report: CanaryReport): Promise<void> => {
    try {
      await uplink.post(canariesMatter, report, { timeoutMs: postTimeoutMs })
      isAway = false
    } catch (err) {
      const isRefused = !(err instanceof UplinkError) || err.failure === 'refused'
      // Said once: the same every second helps nobody.
      if (isRefused) logger.error({ err }, 'the control plane does not take how canaries do; these counts are lost')
      else logger[isAway ? 'debug' : 'warn']({ err }, 'how canaries do cannot be reported; these counts are lost')
      isAway = !isRefused
    }
  }
  const take = (): ReleaseCounts[] => {
    const taken = [...counts].slice(0, maxCanaryCounts)
    for (const [key] of taken) counts.delete(key)
    return taken.map(([, count]) => count)
  }
  const report = async (): Promise<void> => {
    // Those that are counted from now on have the next interval.
    for (let left = counts.size; left > 0; left -= maxCanaryCounts) await post({ counts: take() })
  }
  const start = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    return reporting ??= report().finally(() => {
      reporting = null
      arm()
    })
  }
  const arm = (): void => {
    if (reporting === null && counts.size > 0) timer ??= setTimeout(() => void start(), intervalMs).unref()
  }
  const find = ({ gatewayId, environment, release }: CountedAnswer): ReleaseCounts | null => {
    const key = `${gatewayId}/${environment}/${release}`
    const known = counts.get(key)
    if (known !== undefined) return known
    if (counts.size >= maxReleases) return null
    const fresh = { gatewayId, environment, release, requests: 0, failures: 0 }
    counts.set(key, fresh)
    arm()
    return fresh
  }
  const finish = async (): Promise<void> => {
    await reporting
    await start()
  }

  return {
    count: answer => {
      const found = find(answer)
      if (found === null) return
      found.requests++
      if (answer.hasFailed) found.failures++
    },
    close: async () => {
      const tasks = createTasks()
      tasks.add(finish())
      await tasks.finish(closeMs)
    }
  }
}
