import type { DataPlaneReport } from '#shared/data-planes.ts'
import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { Logger } from '#shared/log.ts'
import { createBell, type Bell } from '../bell.ts'
import type { DataPlaneIdentity } from '../data-plane-tokens/access.ts'
import { narrower } from '../data-plane-tokens/scope.ts'
import { storeOfView } from '../feed/view.ts'
import type { DataPlane } from '../store/records.ts'
import type { Page, PageRequest, Store } from '../store/store.ts'
import { isConnected, KnownDataPlanes, maxDataPlanes } from './known.ts'
import { representDataPlane, type Lag } from './schema.ts'

/** How often a receipt looks for what other control planes have heard. */
const lookMs = 200

export interface DataPlaneServiceOptions {
  store: Store
  clock: Clock
  logger: Pick<Logger, 'warn' | 'info'>
}

/** A change, and whom it concerns. */
export interface Written {
  revision: number
  /** `null`: whatever environments it serves. */
  environment: string | null
}

export interface Receipt {
  /** Every connected data plane in the scope of the change, and there is one, serves it in all its workers. */
  isApplied: boolean
  /** Ids of connected data planes that do not serve it yet. */
  waitingFor: string[]
  /** Ids of data planes that are not connected, and do not serve it as far as is known. */
  disconnected: string[]
}

/** `null`: it has not said. */
export interface NamedDataPlane {
  id: string | null
  name: string | null
}

/** Which data planes there are, and what each of them serves. */
export class DataPlaneService {
  readonly #store: Store
  readonly #clock: Clock
  readonly #known: KnownDataPlanes
  /** Connections of each to the feed of this control plane. */
  readonly #connections = new Map<string, number>()
  readonly #waiting = new Set<Bell>()
  #ringing = false

  constructor ({ store, clock, logger }: DataPlaneServiceOptions) {
    this.#store = store
    this.#clock = clock
    this.#known = new KnownDataPlanes({ store, clock, logger, onChange: () => this.#ringSoon() })
  }

  /** Of a node that is its own: `requireOwn`. @throws {Problem} `too_many_requests` */
  async report (id: string, report: DataPlaneReport, { tokenId, environments }: DataPlaneIdentity): Promise<void> {
    if (this.#known.find(id) === null && this.#known.size >= maxDataPlanes) throw new Problem('too_many_requests', `At most ${maxDataPlanes} data planes are remembered.`)
    const { name, version, workers, store, revision, heardMsAgo, trouble } = report
    const now = this.#clock.now()
    this.#known.put({
      id, name, version, workers, store, revision, tokenId,
      environments: narrower(report.environments, environments),
      ...(trouble !== undefined && { trouble }),
      connected: true,
      seenAt: new Date(now).toISOString(),
      heardAt: heardMsAgo === null ? null : new Date(Math.max(0, now - heardMsAgo)).toISOString()
    })
  }

  /** A token that opens little must not speak for a node that others rely on. One that is gone may come back with another token. @throws {Problem} `data_plane_denied` */
  async requireOwn (id: string, tokenId: string | null): Promise<void> {
    if (this.#known.find(id) === null) await this.#known.refresh()
    const known = this.#known.find(id)
    if (known === null || tokenId === null || known.tokenId === tokenId || !isConnected(known, this.#clock.now())) return
    throw new Problem('data_plane_denied', 'The node is connected with another token.')
  }

  /** Returns what says that its connection has ended. */
  connect (id: string, { tokenId }: DataPlaneIdentity): () => void {
    this.#connections.set(id, (this.#connections.get(id) ?? 0) + 1)
    return () => {
      const left = this.#connections.get(id)! - 1
      if (left > 0) return void this.#connections.set(id, left)
      this.#connections.delete(id)
      const known = this.#known.find(id)
      // Another control plane that it follows by now says otherwise with its next report.
      if (known !== null && known.tokenId === tokenId) this.#known.put({ ...known, connected: false, seenAt: timestamp(this.#clock) })
    }
  }

  async list (page: PageRequest): Promise<Page<ReturnType<typeof representDataPlane>>> {
    await this.#known.flush()
    const { items, next } = await this.#store.listDataPlanes(page)
    const head = await this.#store.revision()
    const now = this.#clock.now()
    const lags = new Map<number, Promise<Lag>>()
    return {
      items: await Promise.all(items.map(async node => {
        const revision = this.#revisionOf(node)
        const lag = lags.get(revision) ?? this.#lagOf(revision, head, now)
        lags.set(revision, lag)
        return representDataPlane({ ...node, revision }, { isConnected: isConnected(node, now), lag: await lag, now })
      })),
      next
    }
  }

  /** Those that are connected and serve the environment, as far as any control plane has heard. */
  async servers (environment: string): Promise<NamedDataPlane[]> {
    await this.#known.refresh()
    const now = this.#clock.now()
    return [...this.#known.all()]
      .filter(node => isConnected(node, now) && node.environments?.includes(environment) !== false)
      .map(({ id, name }) => ({ id, name }))
  }

  /** Of those that are connected, how far each is behind that does not serve everything. */
  async lags (): Promise<Array<{ id: string, lag: Lag }>> {
    const now = this.#clock.now()
    const head = await this.#store.revision()
    const behind = Map.groupBy([...this.#known.all()].filter(node => isConnected(node, now) && this.#revisionOf(node) < head), node => this.#revisionOf(node))
    const lags = await Promise.all([...behind].map(async ([revision, nodes]) => {
      const lag = await this.#lagOf(revision, head, now)
      return nodes.map(({ id }) => ({ id, lag }))
    }))
    return lags.flat()
  }

  /**
   * Waits until everyone who is concerned and connected serves the change, for so long at most.
   * @param signal nobody waits any more
   */
  async receipt (written: Written, timeoutMs: number, signal: AbortSignal): Promise<Receipt> {
    const timeout = AbortSignal.timeout(timeoutMs)
    const bell = createBell(AbortSignal.any([signal, timeout]))
    this.#waiting.add(bell)
    try {
      await this.#known.refresh()
      for (;;) {
        bell.reset()
        const receipt = this.#look(written)
        if (receipt.waitingFor.length === 0 || timeout.aborted || signal.aborted) return receipt
        if (!await bell.wait(lookMs)) await this.#known.refresh()
      }
    } finally {
      this.#waiting.delete(bell)
      bell.close()
    }
  }

  async close (): Promise<void> {
    await this.#known.close()
  }

  #look ({ revision, environment }: Written): Receipt {
    const now = this.#clock.now()
    const behind: Pick<Receipt, 'waitingFor' | 'disconnected'> = { waitingFor: [], disconnected: [] }
    let connected = 0
    for (const node of this.#known.all()) {
      if (environment !== null && node.environments?.includes(environment) === false) continue
      const isHere = isConnected(node, now)
      if (isHere) connected++
      if (this.#revisionOf(node) < revision) behind[isHere ? 'waitingFor' : 'disconnected'].push(node.id)
    }
    return { isApplied: connected > 0 && behind.waitingFor.length === 0, ...behind }
  }

  /** 0 where what it holds is of another store. */
  #revisionOf ({ store, revision }: DataPlane): number {
    return store !== null && storeOfView(store) === this.#store.id ? revision : 0
  }

  async #lagOf (revision: number, head: number, now: number): Promise<Lag> {
    const since = revision >= head ? null : await this.#store.changedAfter(revision)
    return { revisions: Math.max(0, head - revision), ms: since === null ? 0 : Math.max(0, now - Date.parse(since)) }
  }

  /** Reports come in crowds: whoever waits looks once for all that have come. */
  #ringSoon (): void {
    if (this.#ringing || this.#waiting.size === 0) return
    this.#ringing = true
    setImmediate(() => {
      this.#ringing = false
      for (const bell of this.#waiting) bell.ring()
    })
  }
}
