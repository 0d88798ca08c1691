import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import type { Invocation, InvocationResult } from '#shared/invocations.ts'
import type { Logger } from '#shared/log.ts'
import type { TraceQuestion } from '#shared/request-traces.ts'
import type { WorkerTraces } from '../explain/explain.ts'
import type { Heard } from '../freshness.ts'
import type { SandboxNews, SandboxPlacement } from '../functions/placement.ts'
import type { Order, OrderOutcome, ScheduledOutcome, ScheduledRun } from '../messages.ts'
import type { ReplicaChange } from '../replica/replica.ts'
import { ListenFailed } from '../keeper/bind.ts'
import { createLimitsReport } from './limits-report.ts'
import { forkWorker, WorkerLost, type WorkerProcess, type WorkerProcessOptions } from './process.ts'
import { createTicketKeys } from './ticket-keys.ts'

/** The edge workers of this machine, kept alive. */
export interface EdgeWorkers {
  /** The port, once all of them accept requests. @throws {ListenFailed} */
  ready: Promise<number>
  /** There is a replica: before that they are started, and serve nothing. */
  begin: () => void
  /** From now on somebody else writes the replica, and the workers look by themselves whether it has changed; or no longer. */
  watch: (isOn: boolean) => void
  /** For all workers, and for those to come. */
  place: (placement: SandboxPlacement, news: SandboxNews | null) => void
  push: (change: ReplicaChange) => void
  /** When the control plane was last heard of: for all workers, and for those to come. */
  hear: (heard: Heard) => void
  /** Which targets of an upstream do not answer as they should: likewise. */
  targetsDown: (key: string, urls: string[]) => void
  /** What keeps the replica from being written: likewise. */
  trouble: (trouble: DataPlaneTrouble | null) => void
  /** By the worker that has the fewest orders. @throws {WorkerLost} where there is none, or it ends before it answers */
  invoke: (invocation: Invocation) => Promise<InvocationResult>
  /** Likewise. */
  runScheduled: (run: ScheduledRun) => Promise<ScheduledOutcome>
  /** Each that accepts requests is asked. They reject with {WorkerLost}. */
  explain: (question: TraceQuestion) => Array<Promise<WorkerTraces>>
  /** Lets them finish what is in flight; those that have not ended after `deadlineMs` are killed. */
  close: (deadlineMs: number) => Promise<void>
}

export interface EdgeWorkersOptions extends Pick<WorkerProcessOptions, 'exec' | 'count' | 'listenFd' | 'generation' | 'counters' | 'places' | 'quotas' | 'nonces' | 'revision' | 'onWanted' | 'onReplicaDamaged' | 'onUpstreamUsed'> {
  /** Called when every worker that accepts requests serves this revision. */
  onApplied: (revision: number) => void
  logger: Logger
}

export function startWorkers (options: EdgeWorkersOptions): EdgeWorkers {
  const { promise: ready, resolve: resolveReady, reject: rejectReady } = Promise.withResolvers<number>()
  const workers = new Set<WorkerProcess>()
  let placement: SandboxPlacement | null = null
  let lastHeard: Heard | null = null
  let lastTrouble: DataPlaneTrouble | null = null
  const down = new Map<string, string[]>()
  let watching = false

  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()

  const reportApplied = createAppliedReport(workers, options.onApplied)
  const keeper = keepWorkers(workers, { ...options, begun }, {
    placement: () => placement,
    heard: () => lastHeard,
    trouble: () => lastTrouble,
    targetsDown: () => down,
    watching: () => watching,
    ticketKeys: () => ticketKeys.current(),
    onReady: port => {
      if (workers.size === options.count && [...workers].every(worker => worker.ready)) resolveReady(port)
      reportApplied()
    },
    onApplied: reportApplied,
    onListenFailed: code => rejectReady(new ListenFailed(code))
  })

  const tellAll: WorkerProcess['tell'] = message => {
    for (const worker of workers) worker.tell(message)
  }
  const ticketKeys = createTicketKeys(keys => tellAll({ type: 'ticket-keys', keys }))
  const carryOut = async (order: Order): Promise<OrderOutcome> => {
    const [first, ...rest] = [...workers].filter(worker => worker.ready)
    if (first === undefined) throw new WorkerLost('no edge worker is ready')
    return await rest.reduce((least, worker) => worker.orders < least.orders ? worker : least, first).carryOut(order)
  }
  return {
    ready,
    begin,
    watch: isOn => {
      watching = isOn
      tellAll({ type: 'watch', isOn })
    },
    place: (next, news) => {
      placement = next
      tellAll({ type: 'sandboxes', placement: next, news })
    },
    hear: heard => {
      lastHeard = heard
      tellAll({ type: 'heard', heard })
    },
    targetsDown: (key, urls) => {
      if (urls.length === 0 && !down.has(key)) return
      if (urls.length === 0) down.delete(key)
      else down.set(key, urls)
      tellAll({ type: 'targets-down', key, urls })
    },
    trouble: trouble => {
      lastTrouble = trouble
      tellAll({ type: 'trouble', trouble })
    },
    push: change => tellAll({ type: 'changed', change }),
    invoke: async invocation => {
      const outcome = await carryOut({ kind: 'invocation', invocation })
      if (outcome.kind !== 'invocation') throw misunderstood(outcome)
      return outcome.result
    },
    runScheduled: async run => {
      const outcome = await carryOut({ kind: 'scheduled', run })
      if (outcome.kind !== 'scheduled') throw misunderstood(outcome)
      return outcome.result
    },
    explain: question => [...workers].filter(worker => worker.ready).map(async worker => {
      const outcome = await worker.carryOut({ kind: 'question', question })
      if (outcome.kind !== 'question') throw misunderstood(outcome)
      return outcome.result
    }),
    close: async deadlineMs => {
      ticketKeys.close()
      await keeper.close(deadlineMs)
    }
  }
}

function misunderstood ({ kind }: OrderOutcome): Error {
  return new Error(`an edge worker answered another order, of the kind ${kind}`)
}

const firstBackoffMs = 100
const longestBackoffMs = 5_000
/** A worker that lived so long did not fail at its start. */
const soundAfterMs = 10_000

type KeeperEvents = Pick<WorkerProcessOptions, 'placement' | 'heard' | 'trouble' | 'targetsDown' | 'watching' | 'ticketKeys' | 'onReady' | 'onApplied' | 'onListenFailed'>

/** Starts the workers, and another one for each that ends: at once, and more and more slowly where they end at their start. */
function keepWorkers (workers: Set<WorkerProcess>, options: EdgeWorkersOptions & Pick<WorkerProcessOptions, 'begun'>, events: KeeperEvents): Pick<EdgeWorkers, 'close'> {
  const restarts = new Set<NodeJS.Timeout>()
  const { promise: empty, resolve: onEmpty } = Promise.withResolvers<void>()
  const limits = createLimitsReport(options.logger)
  let closing = false

  const launch = (number: number, failures: number): void => {
    const startedAt = performance.now()
    const worker = forkWorker({
      ...options,
      ...events,
      number,
      onAnswersChanged: message => {
        for (const other of workers) if (other !== worker) other.tell(message)
      },
      onLimits: away => limits.tell(number, away),
      onExit: reason => {
        workers.delete(worker)
        limits.forget(number)
        if (!closing) replace(number, performance.now() - startedAt < soundAfterMs ? failures + 1 : 0, reason)
        else if (workers.size === 0) onEmpty()
      }
    })
    workers.add(worker)
  }
  const replace = (number: number, failures: number, reason: string | number): void => {
    const waitMs = failures < 2 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 2, 10))
    options.logger.error({ reason, waitMs }, 'an edge worker stopped; it is replaced')
    const restart = setTimeout(() => {
      restarts.delete(restart)
      launch(number, failures)
    }, waitMs)
    restarts.add(restart)
    events.onApplied()
  }

  for (let number = 1; number <= options.count; number++) launch(number, 0)
  return {
    close: async deadlineMs => {
      closing = true
      for (const restart of restarts) clearTimeout(restart)
      if (workers.size === 0) return
      for (const worker of workers) {
        // One that is not ready has nothing in flight, and may not listen to a request yet.
        if (worker.ready) worker.tell({ type: 'drain', deadlineMs })
        else worker.kill()
      }
      const deadline = setTimeout(() => { for (const worker of workers) worker.kill() }, deadlineMs)
      await empty
      clearTimeout(deadline)
    }
  }
}

/** Says so when the revision that all ready workers have applied is another one: a smaller one where another store is followed. */
function createAppliedReport (workers: ReadonlySet<WorkerProcess>, onApplied: (revision: number) => void): () => void {
  let reported = 0
  return () => {
    const revisions = [...workers].filter(worker => worker.ready).map(worker => worker.applied)
    if (revisions.length === 0 || !revisions.every(revision => revision !== null)) return
    const applied = Math.min(...revisions)
    if (applied === reported) return
    reported = applied
    onApplied(applied)
  }
}
