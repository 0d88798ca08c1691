import path from 'node:path'
import { systemClock } from '#shared/clock.ts'
import type { Config } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'
import { createItemCheck } from './edge/check-item.ts'
import { egressSocket, type EgressSupervisor, type superviseEgress } from './egress/supervise.ts'
import { createAcknowledgements } from './feed/acknowledgements.ts'
import { followFeed } from './feed/client.ts'
import { createHearing } from './feed/hearing.ts'
import { openHeardFile } from './freshness.ts'
import { sandboxLimitsFor } from './functions/limits.ts'
import type { SandboxSupervisor, superviseSandboxes } from './functions/supervise.ts'
import { createInvocations } from './invocations.ts'
import { createWindowCounters } from './limits/counter.ts'
import { readNode } from './node.ts'
import { createRefusalReporter } from './refusals.ts'
import { keepCopies } from './replica/copies.ts'
import { createRecovery, soundOnly } from './replica/recovery.ts'
import { openReplicaReader } from './replica/reader.ts'
import { replicaFile } from './replica/schema.ts'
import { openReplicaWriter } from './replica/writer.ts'
import type { ReplicaChange } from './replica/replica.ts'
import { makeRunDir } from './run-dir.ts'
import { startScheduler, type Scheduler } from './schedules/scheduler.ts'
import { createUplink } from './uplink.ts'
import { startWorkers } from './workers/workers.ts'

/** A running data plane: the feed comes in, the replica goes out, workers and sandboxes stay alive. */
export interface Supervisor {
  /** The port, once all workers accept requests. @throws {ListenFailed}, and what the sandboxes could not start with */
  ready: Promise<number>
  /** Finishes what is in flight, then ends every process. */
  close: () => Promise<void>
}

export interface SupervisorOptions {
  config: Config
  /** The data-plane token, as it is now. */
  token: () => string | null
  superviseSandboxes: typeof superviseSandboxes
  superviseEgress: typeof superviseEgress
  /** The module of an edge worker. */
  exec?: string
  /** Called when every worker that accepts requests serves this revision. */
  onApplied: (revision: number) => void
  logger: Logger
}

const drainDeadlineMs = 10_000
/** For what the workers did last to be told to the control plane. */
const lastWordsMs = 1_000

/** @throws {ReplicaInUse} where another data plane runs on the same data directory, and what the file system refuses */
export function startSupervisor (options: SupervisorOptions): Supervisor {
  const { config, logger, token } = options
  const environments = config.serveEnvironments
  const writer = openReplicaWriter({ file: replicaFile(config.dataDir), environments, logger, check: createItemCheck(logger) })
  const runDir = makeRunDir(config.dataDir)
  const node = readNode(config.dataDir)
  const uplink = createUplink({ controlUrl: config.controlUrl, token })
  const acknowledgements = createAcknowledgements({ uplink, node, environments, workers: config.workers, position: writer.position, logger })
  const workers = startWorkers({
    exec: options.exec ?? path.join(import.meta.dirname, 'edge', 'worker.ts'),
    count: config.workers,
    port: config.dataPort,
    counters: createWindowCounters(),
    revision: () => writer.position().revision,
    onApplied: revision => {
      options.onApplied(revision)
      acknowledgements.applied(revision)
    },
    onWanted: slot => sandboxes?.want(slot),
    onReplicaDamaged: generation => recovery.report(generation),
    logger
  })
  let sandboxes: SandboxSupervisor | null = null
  let egress: EgressSupervisor | null = null
  const invocations = createInvocations({ workers, uplink, logger })
  const replica = openReplicaReader(replicaFile(config.dataDir), { onDamage: generation => setImmediate(recovery.report, generation) })
  let scheduler: Scheduler | null = null
  const hearing = createHearing({ file: openHeardFile(config.dataDir), onHeard: workers.hear, logger })
  const onHeard = (): void => {
    hearing()
    acknowledgements.heard()
    refusals.heard()
  }
  const onChange = (change: ReplicaChange): void => {
    if (change.all) replica.refresh()
    copies.changed()
    workers.push(change)
    scheduler?.apply(change)
  }
  const refusals = createRefusalReporter({ uplink, node, refusals: writer.refusals, logger })
  const recovery = createRecovery({ writer, onChange, logger })
  const copies = keepCopies({ file: replicaFile(config.dataDir), onDamage: recovery.report, logger })
  const feed = followFeed({ controlUrl: config.controlUrl, token, environments, writer, onDamage: recovery.recover, onChange, nodeId: node.id, onHeard, onLost: acknowledgements.lost, onInvoke: invocations.take, logger })

  const startSandboxes = async (): Promise<void> => {
    sandboxes = await options.superviseSandboxes({
      count: config.sandboxes, limits: sandboxLimitsFor(config.sandboxMemoryMb), runDir: runDir.path, egressSocket: egressSocket(runDir.path), logger, onPlacement: workers.place
    })
  }
  const startEgress = async (): Promise<void> => {
    egress = await options.superviseEgress({ runDir: runDir.path, logger, allow: config.egressAllow, dnsServers: config.egressDns })
  }
  const start = async (): Promise<number> => {
    const [port] = await Promise.all([workers.ready, startEgress(), startSandboxes()])
    // What is due needs workers and sandboxes.
    scheduler = ended === null ? startScheduler({ replica: soundOnly(replica), workers, uplink, clock: systemClock, logger }) : null
    return port
  }
  const end = async (): Promise<void> => {
    scheduler?.stop()
    // The feed goes on meanwhile: a key that is revoked now is refused, also by a worker that drains.
    await workers.close(drainDeadlineMs)
    acknowledgements.close()
    refusals.close()
    await feed.close()
    await Promise.all([invocations.finish(lastWordsMs), scheduler?.close(lastWordsMs)])
    await uplink.close()
    // Those that are still starting end with this process.
    await Promise.all([sandboxes?.close(), egress?.close()])
    await copies.close()
    replica.close()
    writer.close()
    runDir.remove()
  }
  let ended: Promise<void> | null = null
  return { ready: start(), close: async () => await (ended ??= end()) }
}
