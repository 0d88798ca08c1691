import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import type { MachineNonces } from './authentication/nonces.ts'
import { createRemoteNonces } from './authentication/remote-nonces.ts'
import type { AnswerChange } from './cache/changes.ts'
import { createRemoteConcurrency, type Concurrency } from './limits/concurrency.ts'
import { createRemoteCounters } from './limits/remote-counter.ts'
import type { SandboxNews, SandboxPlacement } from './functions/placement.ts'
import type { Heard } from './freshness.ts'
import type { WindowCounters } from './limits/counter.ts'
import type { Order, OrderOutcome, SupervisorMessage, WorkerMessage } from './messages.ts'
import type { ReplicaChange } from './replica/replica.ts'
import { createRemoteQuotas, type QuotaCounters } from './quotas/remote-quotas.ts'
import { createTasks, type Tasks } from './tasks.ts'
import type { UpstreamPlace } from './upstream/active-checks.ts'

export interface SupervisorHandlers {
  onSandboxes: (placement: SandboxPlacement, news: SandboxNews | null) => void
  /** Forgets what the change touched, before it returns; the supervisor is then told that the revision is applied. */
  onChanged: (change: ReplicaChange) => void
  /** The control plane was heard of. */
  onHeard: (heard: Heard) => void
  /** Something keeps the replica from being written, or nothing does any more. */
  onTrouble: (trouble: DataPlaneTrouble | null) => void
  /** Nobody tells of changes from now on, or somebody does again: `createReplicaWatch`. */
  onWatch: (isOn: boolean) => void
  /** These targets of an upstream do not answer as they should. */
  onTargetsDown: (key: string, urls: string[]) => void
  /** What other workers have met is not what it was. */
  onAnswersChanged: (changes: AnswerChange[]) => void
  /** Left out where TLS is not spoken. */
  onTicketKeys?: (keys: Buffer) => void
  /** The supervisor is gone. Resolves when this process is to drain: `awaitSuccessor`. */
  onOrphaned: () => Promise<void>
  /** Stops accepting and finishes what is in flight, within `deadlineMs`. The process exits when it resolves. */
  onDrain: (deadlineMs: number) => Promise<void>
  /** Must not reject. */
  onOrder: (order: Order) => Promise<OrderOutcome>
}

/** An edge worker's end of the line to its supervisor. */
export interface SupervisorLink {
  /** Counters that all workers of this machine share. A worker that is the only one counts faster by itself: `createWindowCounters`. */
  counters: WindowCounters
  /** What all workers of this machine have under way. */
  concurrency: Concurrency
  quotas: QuotaCounters
  nonces: MachineNonces
  ready: (port: number) => void
  /** A call waits for the sandbox in this slot, and there is none. */
  wantSandbox: (slot: number) => void
  replicaDamaged: (generation: string | null) => void
  /** Requests go to an upstream whose targets want to be checked. */
  upstreamUsed: (place: UpstreamPlace) => void
  /** To be told to the other workers. */
  answersChanged: (changes: AnswerChange[]) => void
  /** @param away why limits cannot be counted together with other machines; `null`: they are */
  limitsAway: (away: string | null) => void
  finishOrders: Tasks['finish']
  /** Ends the process. @param error what `listen` failed with */
  listenFailed: (error: NodeJS.ErrnoException) => void
}

/**
 * Resolves when there is a replica to serve from. A process whose supervisor goes before that has nothing to wait for, and ends.
 */
export async function beginning (): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const orphaned = (): never => process.exit(0)
  process.once('message', () => resolve()).once('disconnect', orphaned)
  tell({ type: 'loaded' })
  await promise
  process.off('disconnect', orphaned)
}

/** Of a worker without a supervisor, once it is not needed any more. */
const orphanDrainMs = 10_000

/**
 * To be called before the replica is opened: whatever is committed later than that is pushed, so that nothing read from the replica
 * can be older than a change that this worker will not hear of.
 *
 * A worker that loses its supervisor serves until another one's workers do, and drains. Signals are left to the supervisor, since a
 * terminal sends Ctrl-C to every process at once and a worker that obeyed it would cut off what it is answering.
 */
export function linkSupervisor (handlers: SupervisorHandlers): SupervisorLink {
  const counters = createRemoteCounters(tell)
  const concurrency = createRemoteConcurrency(tell)
  const quotas = createRemoteQuotas(tell)
  const nonces = createRemoteNonces(tell)
  const orders = createTasks()
  const carryOut = async (id: number, order: Order): Promise<void> => tell({ type: 'done', id, outcome: await handlers.onOrder(order) })
  let draining = false

  const drain = (deadlineMs: number): void => {
    if (draining) return
    draining = true
    handlers.onDrain(deadlineMs).then(() => process.exit(0), (error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  }
  const outlive = async (): Promise<void> => {
    counters.close()
    concurrency.close()
    quotas.close()
    nonces.close()
    if (draining) return
    handlers.onWatch(true)
    await handlers.onOrphaned()
    drain(orphanDrainMs)
  }
  const receive = (message: SupervisorMessage): void => {
    switch (message.type) {
      case 'sandboxes': return handlers.onSandboxes(message.placement, message.news)
      case 'heard': return handlers.onHeard(message.heard)
      case 'trouble': return handlers.onTrouble(message.trouble)
      case 'counts':
      case 'taken': return counters.receive(message)
      case 'entered': return concurrency.receive(message)
      case 'quota-taken': return quotas.receive(message)
      case 'nonces-used': return nonces.receive(message)
      case 'changed':
        handlers.onChanged(message.change)
        return tell({ type: 'applied', revision: message.change.revision })
      case 'order': return orders.add(carryOut(message.id, message.order))
      case 'watch': return handlers.onWatch(message.isOn)
      case 'targets-down': return handlers.onTargetsDown(message.key, message.urls)
      case 'answers-changed': return handlers.onAnswersChanged(message.changes)
      case 'ticket-keys': return handlers.onTicketKeys?.(Buffer.from(message.keys, 'base64'))
      case 'drain': return drain(message.deadlineMs)
    }
  }

  process.on('message', receive)
  if (process.connected) process.once('disconnect', () => void outlive())
  else void outlive()
  process.on('SIGINT', ignore).on('SIGTERM', ignore)
  tell({ type: 'hello' })
  return {
    counters,
    concurrency,
    quotas,
    nonces,
    ready: port => tell({ type: 'ready', port }),
    wantSandbox: slot => tell({ type: 'sandbox-wanted', slot }),
    replicaDamaged: generation => tell({ type: 'replica-damaged', generation }),
    upstreamUsed: place => tell({ type: 'upstream-used', place }),
    answersChanged: changes => tell({ type: 'answers-changed', changes }),
    limitsAway: away => tell({ type: 'limits', away }),
    finishOrders: orders.finish,
    listenFailed: error => {
      const message: WorkerMessage = { type: 'listen-failed', code: error.code ?? error.name }
      process.send?.(message, undefined, undefined, () => process.exit(1))
    }
  }
}

function tell (message: WorkerMessage): void {
  // Where sending fails the supervisor is gone, and `disconnect` says so.
  if (process.connected) process.send?.(message, undefined, undefined, ignore)
}

function ignore (): void {}
