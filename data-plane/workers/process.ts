import { fork, type ChildProcess } from 'node:child_process'
import { passOnEnvironment } from '#shared/config.ts'
import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import type { NonceStore } from '../authentication/nonce-store.ts'
import type { SandboxPlacement } from '../functions/placement.ts'
import type { Heard } from '../freshness.ts'
import type { Places, SharedPlaces } from '../limits/concurrency.ts'
import type { LocalWindowCounters } from '../limits/counter.ts'
import type { Quotas } from '../quotas/quotas.ts'
import { everythingChanged } from '../replica/replica.ts'
import type { AnswersChangedMessage, BeginMessage, EnteredMessage, EntersMessage, HitsMessage, Order, OrderOutcome, SupervisorMessage, WorkerMessage } from '../messages.ts'
import type { UpstreamPlace } from '../upstream/active-checks.ts'

/** One edge worker, as the supervisor sees it. */
export interface WorkerProcess {
  /** It accepts requests. */
  ready: boolean
  /** It serves nothing older than this revision. `null`: it has not said yet. */
  applied: number | null
  /** Does nothing while the worker does not hear yet: it then asks for the state itself, by its `hello`. */
  tell: (message: SupervisorMessage) => void
  /** To one that is ready. @throws {WorkerLost} */
  carryOut: (order: Order) => Promise<OrderOutcome>
  /** So many orders it has not answered yet. */
  readonly orders: number
  kill: () => void
}

export interface WorkerProcessOptions {
  /** The module that a worker runs. */
  exec: string
  /** Which of the workers it is, counted from 1: the one that replaces it is the same one. */
  number: number
  /** How many workers there are. */
  count: number
  /** The socket to listen on, open in this process. */
  listenFd: number
  generation: number
  counters: LocalWindowCounters
  /** What all workers have under way. */
  places: SharedPlaces
  quotas: Pick<Quotas, 'take' | 'correct'>
  nonces: NonceStore
  /** Until then there is no replica to serve from: its program is loaded meanwhile. */
  begun: Promise<unknown>
  /** The revision of the replica. */
  revision: () => number
  placement: () => SandboxPlacement | null
  /** When the control plane was last heard of; `null`: never. */
  heard: () => Heard | null
  /** What keeps the replica from being written. */
  trouble: () => DataPlaneTrouble | null
  /** By the key of its upstream. */
  targetsDown: () => ReadonlyMap<string, string[]>
  onUpstreamUsed: (place: UpstreamPlace) => void
  /** To be told to all others. */
  onAnswersChanged: (message: AnswersChangedMessage) => void
  ticketKeys: () => string
  /** Whether somebody else writes the replica. */
  watching: () => boolean
  onWanted: (slot: number) => void
  onReplicaDamaged: (generation: string | null) => void
  /** It is told by the worker why limits are not counted together with other machines; `null`: they are, or the worker has ended. */
  onLimits: (away: string | null) => void
  onReady: (port: number) => void
  onApplied: () => void
  onListenFailed: (code: string) => void
  /** @param reason the exit code or the signal */
  onExit: (reason: number | string) => void
}

export function forkWorker (options: WorkerProcessOptions): WorkerProcess {
  const { counters, quotas, nonces, exec } = options
  const places = options.places.ofWorker()
  const worker = fork(exec, [String(options.generation), String(options.number)], {
    execArgv: [...process.execArgv, ...heapLimits],
    env: passOnEnvironment({}, { IMPRUN_WORKERS: String(options.count), ...withheld }),
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', options.listenFd]
  })
  let hears = false

  const tell = (message: SupervisorMessage): void => {
    // Where sending fails the worker is going, and its `exit` says so.
    if (hears && worker.connected) worker.send(message, ignore)
  }

  const orders = new Map<number, PromiseWithResolvers<OrderOutcome>>()
  let lastOrder = 0
  const carryOut = async (order: Order): Promise<OrderOutcome> => {
    const id = ++lastOrder
    const pending = Promise.withResolvers<OrderOutcome>()
    orders.set(id, pending)
    tell({ type: 'order', id, order })
    return await pending.promise.finally(() => orders.delete(id))
  }

  const receive = (message: WorkerMessage): void => {
    switch (message.type) {
      case 'loaded': return void options.begun.then(() => begin(worker))
      case 'hello': {
        hears = true
        // It has said so before it opened the replica. By now there may be another file, of which it was not told.
        tell({ type: 'changed', change: everythingChanged(options.revision()) })
        if (options.watching()) tell({ type: 'watch', isOn: true })
        tell({ type: 'ticket-keys', keys: options.ticketKeys() })
        const placement = options.placement()
        if (placement !== null) tell({ type: 'sandboxes', placement, news: null })
        const heard = options.heard()
        if (heard !== null) tell({ type: 'heard', heard })
        const trouble = options.trouble()
        if (trouble !== null) tell({ type: 'trouble', trouble })
        for (const [key, urls] of options.targetsDown()) tell({ type: 'targets-down', key, urls })
        return
      }
      case 'ready':
        self.ready = true
        return options.onReady(message.port)
      case 'applied':
        self.applied = message.revision
        return options.onApplied()
      case 'sandbox-wanted': return options.onWanted(message.slot)
      case 'replica-damaged': return options.onReplicaDamaged(message.generation)
      case 'upstream-used': return options.onUpstreamUsed(message.place)
      case 'answers-changed': return options.onAnswersChanged(message)
      case 'limits': return options.onLimits(message.away)
      case 'listen-failed': return options.onListenFailed(message.code)
      case 'done': return orders.get(message.id)?.resolve(message.outcome)
      case 'hits': return tell({ type: 'counts', id: message.id, batch: countAll(message, counters) })
      case 'takes': return tell({ type: 'taken', id: message.id, batch: message.batch.map(counters.take) })
      case 'corrections': return counters.correct(message.batch)
      case 'enters': return tell({ type: 'entered', id: message.id, batch: enterAll(message, places) })
      case 'leaves': return message.keys.forEach(places.leave)
      case 'quota-spends': return tell({ type: 'quota-taken', id: message.id, batch: message.batch.map(quotas.take) })
      case 'nonces': return tell({ type: 'nonces-used', id: message.id, batch: message.batch.map(nonces.use) })
      case 'quota-corrections': return message.batch.forEach(quotas.correct)
    }
  }

  worker.on('message', receive)
  worker.once('exit', (code, signal) => {
    for (const order of orders.values()) order.reject(new WorkerLost())
    places.close()
    options.onExit(signal ?? code ?? 'unknown')
  })
  const self: WorkerProcess = { ready: false, applied: null, tell, carryOut, get orders () { return orders.size }, kill: () => { worker.kill('SIGKILL') } }
  return self
}

/** The worker ended with an order: nobody knows how far it was. Or there is none. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost'
}

/**
 * V8 lets garbage lie until the heap is a multiple of what is alive, and the multiple grows with the heap's limit: by its own choice, of several
 * gigabytes, a worker that meets ever other gateways takes twice the memory for the same work.
 */
const heapLimits = ['--max-semi-space-size=8', '--max-old-space-size=768']

/** Secrets that are of no use to a worker stay with the supervisor. An empty setting is one that is not set. */
const withheld = { IMPRUN_ADMIN_TOKEN: '', MONGODB_URL: '' }

function begin (worker: ChildProcess): void {
  const message: BeginMessage = { type: 'begin' }
  if (worker.connected) worker.send(message, ignore)
}

function countAll ({ batch }: HitsMessage, counters: LocalWindowCounters): ReturnType<LocalWindowCounters['hit']>[] {
  return batch.map(([key, windowMs]) => counters.hit(key, windowMs))
}

function enterAll ({ batch }: EntersMessage, places: Places): EnteredMessage['batch'] {
  return batch.map(([key, max]) => {
    const count = places.enter(key, max)
    return { key, isIn: count !== null, count: count ?? places.count(key) }
  })
}

function ignore (): void {}
