import path from 'node:path'
import { systemClock } from '#shared/clock.ts'
import type { Config } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'
import { bundleCacheFiles, cachedBundles } from './bundles/cache.ts'
import { createNonceStore } from './authentication/nonce-store.ts'
import { installBundles } from './bundles/install.ts'
import { readControlCa } from './control-plane-trust.ts'
import { createSecretOpener } from './edge/secrets.ts'
import { createAddressGuard } from './egress/addresses.ts'
import { createLookup } from './egress/dns.ts'
import { egressSocket, type EgressSupervisor, type superviseEgress } from './egress/supervise.ts'
import { followControlPlane, type Following } from './following.ts'
import { sandboxLimitsFor } from './functions/limits.ts'
import type { SandboxSupervisor, superviseSandboxes } from './functions/supervise.ts'
import { createQuestions } from './explain/questions.ts'
import { createInvocations } from './invocations.ts'
import { createPlaces } from './limits/concurrency.ts'
import { createWindowCounters } from './limits/counter.ts'
import { ledgerFile, openUsableLedger } from './quotas/ledger.ts'
import { createQuotas } from './quotas/quotas.ts'
import { soundOnly } from './replica/recovery.ts'
import { openReplicaReader } from './replica/reader.ts'
import { replicaFile } from './replica/schema.ts'
import type { ReplicaChange, ReplicaReader } from './replica/replica.ts'
import { makeRunDir, sweepRunDirs } from './run-dir.ts'
import { startScheduler, type Scheduler } from './schedules/scheduler.ts'
import { createUplink } from './uplink.ts'
import { createActiveChecks } from './upstream/active-checks.ts'
import { createUpstreamPools } from './upstream/pools.ts'
import { startWorkers } from './workers/workers.ts'

/** A running data plane: the feed comes in, the replica goes out, workers and sandboxes stay alive. */
export interface Supervisor {
  /** What its turn need not be waited for with is done. @throws what the sandboxes could not start with */
  prepared: Promise<void>
  /** The port, once all workers accept requests. @throws {ListenFailed}, {ReplicaInUse}, and what the sandboxes could not start with */
  ready: Promise<number>
  /** Lets go of the replica, for another one to write it. What is served goes on, and is what that one writes. */
  release: () => Promise<void>
  /** Takes the replica again. */
  resume: () => Promise<void>
  /** Finishes what is in flight, then ends every process. What has not ended after `deadlineMs` (default 10 s) is cut off. */
  close: (deadlineMs?: number) => Promise<void>
}

export interface SupervisorOptions {
  config: Config
  /** Which one it is of those that follow each other on a data directory. */
  generation: number
  /** The socket to listen on, open in this process. */
  listenFd: number
  /** The data-plane token, as it is now. */
  token: () => string | null
  /** Until then another one may write the replica. */
  turn: Promise<void>
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
/** What waits for the start to end needs the processor more than a sandbox that stands by. */
const standByAfterMs = 1_000
/** What a killed supervisor has left behind is in use until its workers have drained. */
const sweepAfterMs = 60_000

export function startSupervisor (options: SupervisorOptions): Supervisor {
  const { config, logger, token } = options
  const runDir = makeRunDir(config.dataDir, String(process.pid))
  const uplink = createUplink({ controlUrl: config.controlUrl, ca: readControlCa(config), token })
  const quotas = createQuotas({ ledger: openUsableLedger(ledgerFile(config.dataDir), logger), uplink, clock: systemClock, logger })
  const workers = startWorkers({
    exec: options.exec ?? path.join(import.meta.dirname, 'edge', 'worker.ts'),
    count: config.workers,
    listenFd: options.listenFd,
    generation: options.generation,
    counters: createWindowCounters(),
    places: createPlaces(),
    quotas,
    nonces: createNonceStore(),
    revision: () => replica?.revision() ?? 0,
    onApplied: revision => {
      lastApplied = revision
      options.onApplied(revision)
      following?.applied(revision)
    },
    onWanted: slot => sandboxes?.want(slot),
    onUpstreamUsed: place => checks.use(place),
    onReplicaDamaged: generation => following?.damaged(generation),
    logger
  })
  let sandboxes: SandboxSupervisor | null = null
  let egress: EgressSupervisor | null = null
  let replica: ReplicaReader | null = null
  let following: Following | null = null
  let lastApplied = 0
  let scheduler: Scheduler | null = null
  let sweeping: NodeJS.Timeout | undefined
  let standingBy: NodeJS.Timeout | undefined
  const calm = Promise.withResolvers<void>()
  // Here and not in the workers: a target is asked once, however many there are.
  const checks = createActiveChecks({
    replica: { getEnvironment: (gatewayId, environment) => replica === null ? null : soundOnly(replica).getEnvironment(gatewayId, environment) },
    pools: createUpstreamPools({ guard: createAddressGuard({ allow: config.egressAllow }), lookup: createLookup({ servers: config.egressDns }) }),
    openSecret: createSecretOpener(config),
    onDown: workers.targetsDown,
    logger
  })
  const invocations = createInvocations({ workers, uplink, logger })
  const questions = createQuestions({ ask: workers.explain, uplink, logger })
  const onChange = (change: ReplicaChange): void => {
    if (change.all) replica?.refresh()
    workers.push(change)
    scheduler?.apply(change)
    checks.apply(change)
  }

  const follow = async (): Promise<void> => {
    following = await followControlPlane({ config, token, uplink, onChange, onHeard: workers.hear, onTrouble: workers.trouble, onInvoke: invocations.take, onAsk: questions.take, logger })
    replica ??= openReplicaReader(replicaFile(config.dataDir), { onDamage: generation => setImmediate(() => following?.damaged(generation)) })
    replica.refresh()
    following.applied(lastApplied)
  }
  const unfollow = async (): Promise<void> => {
    scheduler?.stop()
    const ending = following
    following = null
    await ending?.close()
  }
  const schedule = (): void => {
    // What is due needs workers and sandboxes.
    if (ended === null && following !== null && replica !== null) scheduler = startScheduler({ replica: soundOnly(replica), workers, uplink, clock: systemClock, logger })
  }

  const prepare = async (): Promise<void> => {
    const bundles = installBundles(await cachedBundles(bundleCacheFiles(config.dataDir), logger), runDir.path)
    const startSandboxes = async (): Promise<void> => {
      sandboxes = await options.superviseSandboxes({
        count: config.sandboxes, limits: sandboxLimitsFor(config.sandboxMemoryMb), runDir: runDir.path, egressSocket: egressSocket(runDir.path), bundles, calm: calm.promise, logger, onPlacement: workers.place
      })
    }
    const startEgress = async (): Promise<void> => {
      egress = await options.superviseEgress({ runDir: runDir.path, program: bundles.egress, logger, allow: config.egressAllow, dnsServers: config.egressDns })
    }
    await Promise.all([startEgress(), startSandboxes()])
  }
  const serve = async (): Promise<number> => {
    await options.turn
    await follow()
    workers.begin()
    return await workers.ready
  }
  const prepared = prepare()
  const start = async (): Promise<number> => {
    const [port] = await Promise.all([serve(), prepared])
    schedule()
    standingBy = setTimeout(calm.resolve, standByAfterMs).unref()
    sweeping = setTimeout(() => sweepRunDirs(config.dataDir), sweepAfterMs).unref()
    return port
  }
  const end = async (deadlineMs: number): Promise<void> => {
    scheduler?.stop()
    clearTimeout(standingBy)
    clearTimeout(sweeping)
    // The feed goes on meanwhile: a key that is revoked now is refused, also by a worker that drains.
    await Promise.all([workers.close(deadlineMs), checks.close()])
    await Promise.all([unfollow(), invocations.finish(lastWordsMs), questions.finish(lastWordsMs), scheduler?.close(lastWordsMs)])
    await quotas.close()
    await uplink.close()
    // Those that are still starting end with this process.
    await Promise.all([sandboxes?.close(), egress?.close()])
    replica?.close()
    runDir.remove()
  }
  let ended: Promise<void> | null = null
  const ready = start()
  // Whoever waits for the first of the two may never come to the other.
  for (const step of [prepared, ready]) step.catch(() => undefined)
  return {
    prepared,
    ready,
    release: async () => {
      // Before it is let go: whatever the next one commits is seen.
      workers.watch(true)
      await unfollow()
    },
    resume: async () => {
      await follow()
      workers.watch(false)
      schedule()
    },
    close: async (deadlineMs = drainDeadlineMs) => await (ended ??= end(deadlineMs))
  }
}
