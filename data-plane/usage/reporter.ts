import type { Logger } from '#shared/log.ts'
import { usageMatter, type UsageReport } from '#shared/usage.ts'
import { UplinkError, type Uplink } from '../uplink.ts'
import { UsageBacklog, type VersionRef } from './backlog.ts'
import { RouteCounts, type CountRequest } from './route-counts.ts'

/** Tells the control plane which routes and variables are in use. */
export interface UsageReporter {
  countRequest: CountRequest
  /** A version has read a variable, or looked for one that was not there. */
  addName: (version: VersionRef, name: string, isThere: boolean) => void
  /** Reports what is left, for as long as it may take. */
  close: () => Promise<void>
}

export interface UsageReporterOptions {
  uplink: Pick<Uplink, 'post'>
  logger: Logger
  /** What is used for the first time in a while is reported after so long. */
  soonMs?: number
  /** Between two reports. */
  intervalMs?: number
  /** The same, where there are new names: somebody who tries a function may be about to promote it. */
  namesIntervalMs?: number
  /** For what is left in the end. */
  closeMs?: number
}

export function createUsageReporter (options: UsageReporterOptions): UsageReporter {
  const { uplink, logger, soonMs = 1_000, intervalMs = 30_000, namesIntervalMs = 5_000, closeMs = 750 } = options
  const backlog = new UsageBacklog()
  const counts = new RouteCounts(() => schedule())
  let isAway = false
  let isClosed = false
  let reportedAt = -Infinity
  let due = Infinity
  let timer: NodeJS.Timeout | undefined
  let reporting: Promise<void> | null = null

  const schedule = (): void => {
    if (reporting !== null || isClosed) return
    const now = performance.now()
    const wait = isAway ? intervalMs * (0.75 + Math.random() / 2) : backlog.hasNames ? namesIntervalMs : intervalMs
    const at = Math.max(now + soonMs, reportedAt + wait)
    if (at >= due) return
    clearTimeout(timer)
    due = at
    timer = setTimeout(start, at - now)
  }
  const start = (): void => {
    clearTimeout(timer)
    due = Infinity
    reporting ??= reportAll().finally(() => {
      reporting = null
      reportedAt = performance.now()
      if (!backlog.isEmpty || !counts.isEmpty) schedule()
    })
  }
  const reportAll = async (): Promise<void> => {
    for (const use of counts.take()) backlog.add(use)
    for (let report = backlog.take(); report !== null; report = backlog.take()) {
      if (!await send(report)) break
    }
    const requests = counts.takeLost() + backlog.takeLost()
    if (requests > 0) logger.warn({ requests }, 'requests were not counted: too many routes are in use')
  }
  /** false: another try makes no sense now. */
  const send = async (report: UsageReport): Promise<boolean> => {
    try {
      await uplink.post(usageMatter, report)
      if (isAway) logger.info('what is in use is reported again')
      isAway = false
      return true
    } catch (err) {
      if (!(err instanceof UplinkError)) throw err
      if (err.failure === 'refused') {
        logger.error({ err }, 'the control plane does not take what is in use; this report is lost')
        return true
      }
      logger[isAway ? 'debug' : 'warn']({ err }, 'what is in use cannot be reported; trying again')
      isAway = true
      backlog.giveBack(report, !err.isUndone)
      return false
    }
  }

  return {
    countRequest: counts.count,
    addName: (version, name, isThere) => {
      backlog.addName(version, name, isThere)
      schedule()
    },
    close: async () => {
      isClosed = true
      const deadline = Promise.withResolvers<undefined>()
      const timeout = setTimeout(() => deadline.resolve(undefined), closeMs)
      await Promise.race([reporting ?? Promise.resolve(), deadline.promise])
      start()
      await Promise.race([reporting, deadline.promise])
      clearTimeout(timeout)
    }
  }
}
