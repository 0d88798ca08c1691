import { appliedMatter, type DataPlaneReport, type DataPlaneTrouble } from '#shared/data-planes.ts'
import { feedHeartbeatMs } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import type { Node } from '../node.ts'
import type { ReplicaPosition } from '../replica/writer.ts'
import { UplinkError, type Uplink } from '../uplink.ts'

/** Tells the control plane what all workers serve. */
export interface Acknowledgements {
  /** All workers serve it. */
  applied: (revision: number) => void
  /** The feed has said that nothing is lacking: this data plane follows it. */
  heard: () => void
  /** The feed has broken: nothing is told until it is followed again, but what keeps it from that. @param trouble `null`: nothing new */
  lost: (trouble: DataPlaneTrouble | null) => void
  close: () => void
}

export interface AcknowledgementsOptions extends Pick<DataPlaneReport, 'environments' | 'workers'> {
  uplink: Uplink
  node: Node
  /** What the replica holds. */
  position: () => ReplicaPosition
  logger: Logger
  intervalMs?: number
}

/**
 * One report at a time: what is applied while it is under way is in the next one, so that of many commits in a row few are told. Nothing is
 * told while the feed is not followed: whoever waits for this data plane would wait in vain. Unless it is this data plane that is in trouble: who
 * waits is told which one it is.
 */
export function createAcknowledgements (options: AcknowledgementsOptions): Acknowledgements {
  const { uplink, node: { id, name, version }, environments, workers, position, logger, intervalMs = feedHeartbeatMs } = options
  let applied = 0
  let heardAt: number | null = null
  let isFollowing = false
  let trouble: DataPlaneTrouble | null = null
  let isSending = false
  let isNews = false
  let isTold = false
  let isClosed = false

  const describe = (now: number): DataPlaneReport => {
    const { store, revision } = position()
    // What workers have applied of another store before says nothing of this one.
    return {
      name, version, environments, workers, store,
      revision: Math.min(applied, revision),
      heardMsAgo: heardAt === null ? null : Math.round(now - heardAt),
      ...(trouble !== null && { trouble })
    }
  }
  const send = async (): Promise<void> => {
    try {
      await uplink.post(appliedMatter(id), describe(performance.now()))
      isTold = true
    } catch (error) {
      if (!(error instanceof UplinkError)) throw error
      if (isTold && !isClosed) logger.warn({ err: error }, 'the control plane cannot be told what is served here')
      isTold = false
    }
  }
  const tell = async (): Promise<void> => {
    if (isSending) return void (isNews = true)
    isSending = true
    isNews = false
    await send()
    isSending = false
    if (isNews && isTold && !isClosed) await tell()
  }
  const timer = setInterval(() => { if (isFollowing || trouble !== null) void tell() }, intervalMs).unref()

  return {
    applied: revision => {
      applied = revision
      if (isFollowing) void tell()
    },
    heard: () => {
      heardAt = performance.now()
      trouble = null
      const isBack = !isFollowing
      isFollowing = !isClosed
      if (isFollowing && (isBack || !isTold)) void tell()
    },
    lost: met => {
      isFollowing = false
      if (met === null || isClosed) return
      trouble = met
      void tell()
    },
    close: () => {
      isClosed = true
      isFollowing = false
      trouble = null
      clearInterval(timer)
    }
  }
}
