import type { Logger } from '#shared/log.ts'
import { refusalsEveryMs, refusalsMatter, type Refusal, type RefusalReport } from '#shared/refusals.ts'
import type { Node } from './node.ts'
import { ReplicaDamaged } from './replica/errors.ts'
import { UplinkError, type Uplink } from './uplink.ts'

/** Tells the control plane what of its configuration could not be taken. */
export interface RefusalReporter {
  /** The feed is followed: what has changed since is told. */
  heard: () => void
  close: () => void
}

export interface RefusalReporterOptions {
  uplink: Pick<Uplink, 'post'>
  node: Pick<Node, 'id'>
  /** What is refused now. */
  refusals: () => Refusal[]
  logger: Logger
  everyMs?: number
}

/**
 * One report at a time, each with all of them, and none where nothing was ever refused. Told again every now and then: a control plane
 * keeps them in memory, and others share its work.
 */
export function createRefusalReporter ({ uplink, node, refusals, logger, everyMs = refusalsEveryMs }: RefusalReporterOptions): RefusalReporter {
  let seen: RefusalReport = { refusals: [] }
  let told = seen
  let isSending = false
  let isClosed = false

  const send = async (report: RefusalReport): Promise<void> => {
    isSending = true
    let isTold = false
    try {
      await uplink.post(refusalsMatter(node.id), report)
      told = report
      isTold = true
    } catch (error) {
      if (!(error instanceof UplinkError)) throw error
      if (!isClosed) logger.debug({ err: error }, 'the control plane cannot be told what is refused here')
    }
    isSending = false
    // What has changed meanwhile is news now.
    if (isTold) tell(false)
  }
  const look = (): RefusalReport => {
    try {
      return { refusals: refusals() }
    } catch (error) {
      // It gives way to another generation, which is asked next time.
      if (error instanceof ReplicaDamaged) return seen
      throw error
    }
  }
  const tell = (isRepeated: boolean): void => {
    const report = look()
    for (const refusal of newIn(report, seen)) logger.error(refusal, 'something of the configuration cannot be taken; what was served before is served')
    seen = report
    const isNews = JSON.stringify(report) !== JSON.stringify(told)
    if (isSending || isClosed || !(isNews || (isRepeated && report.refusals.length > 0))) return
    void send(report)
  }
  const timer = setInterval(() => tell(true), everyMs).unref()
  return {
    heard: () => tell(false),
    close: () => {
      isClosed = true
      clearInterval(timer)
    }
  }
}

function newIn (report: RefusalReport, told: RefusalReport): Refusal[] {
  const before = new Set(told.refusals.map(refusal => JSON.stringify(refusal)))
  return report.refusals.filter(refusal => !before.has(JSON.stringify(refusal)))
}
