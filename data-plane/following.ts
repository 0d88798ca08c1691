import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '#shared/config.ts'
import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import type { FeedAsk, FeedInvoke } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import { readControlCa, warnOfPlainText } from './control-plane-trust.ts'
import { createItemCheck } from './edge/check-item.ts'
import { createAcknowledgements } from './feed/acknowledgements.ts'
import { followFeed } from './feed/client.ts'
import { createHearing } from './feed/hearing.ts'
import { openHeardFile, type Heard } from './freshness.ts'
import { readNode } from './node.ts'
import { createRefusalReporter } from './refusals.ts'
import { keepCopies } from './replica/copies.ts'
import { ReplicaInUse } from './replica/lock.ts'
import { createRecovery } from './replica/recovery.ts'
import type { ReplicaChange } from './replica/replica.ts'
import { replicaFile } from './replica/schema.ts'
import { keepWrittenBack } from './replica/write-back.ts'
import { openReplicaWriter } from './replica/writer.ts'
import { beginWithSnapshot, type SnapshotConfig } from './snapshot/begin.ts'
import type { Uplink } from './uplink.ts'

/** While a supervisor writes the replica: all that comes in is written, told and kept safe. */
export interface Following {
  /** All workers serve it. */
  applied: (revision: number) => void
  /** Something in the replica is not what was written. @param generation which file it was */
  damaged: (generation: string | null) => void
  /** From now on somebody else may. */
  close: () => Promise<void>
}

export interface FollowingOptions {
  config: Pick<Config, 'controlUrl' | 'controlCaFile' | 'workers'> & SnapshotConfig
  token: () => string | null
  uplink: Uplink
  /** After each commit. */
  onChange: (change: ReplicaChange) => void
  /** When the control plane was last heard of. */
  onHeard: (heard: Heard) => void
  /** What keeps the replica from being written now; `null`: nothing any more. */
  onTrouble: (trouble: DataPlaneTrouble | null) => void
  onInvoke: (message: FeedInvoke) => void
  onAsk: (message: FeedAsk) => void
  logger: Logger
}

/** One whose keeper was killed drains, and then lets go of the replica. */
const lockDeadlineMs = 15_000
const lockRetryMs = 50

/**
 * @throws {ReplicaInUse} where another data plane runs on the same data directory
 * @throws {ConfigError} where there is nothing but a snapshot that cannot be used; and what the file system refuses
 */
export async function followControlPlane ({ config, token, uplink, onChange, onHeard, onTrouble, onInvoke, onAsk, logger }: FollowingOptions): Promise<Following> {
  warnOfPlainText(config, logger)
  const { dataDir, controlUrl, serveEnvironments: environments } = config
  const file = replicaFile(dataDir)
  const writer = await openWhenFree(() => openReplicaWriter({ file, environments, logger, check: createItemCheck(logger) }))
  await beginWithSnapshot(config, writer, logger).catch((error: unknown) => {
    writer.close()
    throw error
  })
  const node = readNode(dataDir)
  const acknowledgements = createAcknowledgements({ uplink, node, environments, workers: config.workers, position: writer.position, logger })
  const changed = (change: ReplicaChange): void => {
    copies.changed()
    onChange(change)
    writeBack.changed()
  }
  const refusals = createRefusalReporter({ uplink, node, refusals: writer.refusals, logger })
  const recovery = createRecovery({ writer, onChange: changed, logger })
  const copies = keepCopies({ file, onDamage: recovery.report, logger })
  const writeBack = keepWrittenBack({ file, writer, isBusy: copies.isCopying, logger })
  const hearing = createHearing({ file: openHeardFile(dataDir), onHeard, logger })
  const heard = (): void => {
    hearing()
    settle(null)
    acknowledgements.heard()
    refusals.heard()
  }
  let trouble: DataPlaneTrouble | null = null
  const settle = (met: DataPlaneTrouble | null): void => {
    if (met !== trouble) onTrouble(trouble = met)
  }
  const lost = (met: DataPlaneTrouble | null): void => {
    acknowledgements.lost(met)
    if (met !== null) settle(met)
  }
  const feed = followFeed({
    controlUrl, ca: readControlCa(config), token, environments, writer, onDamage: recovery.recover, onChange: changed, nodeId: node.id, onHeard: heard, onLost: lost, onInvoke, onAsk, logger
  })
  return {
    applied: acknowledgements.applied,
    damaged: recovery.report,
    close: async () => {
      acknowledgements.close()
      refusals.close()
      await feed.close()
      await Promise.all([copies.close(), writeBack.close()])
      writer.close()
    }
  }
}

/** The end of a lock gives no signal. @throws {ReplicaInUse} where it does not come free in time */
async function openWhenFree<Opened> (open: () => Opened): Promise<Opened> {
  for (const deadline = performance.now() + lockDeadlineMs; ;) {
    try {
      return open()
    } catch (error) {
      if (!(error instanceof ReplicaInUse) || performance.now() > deadline) throw error
    }
    await delay(lockRetryMs)
  }
}
