import { disconnectedAfterMs } from '#shared/data-planes.ts'
import type { Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import { coalesced } from '../coalesce.ts'
import { readAll } from '../store/read-all.ts'
import type { DataPlane } from '../store/records.ts'
import { StoreError, type Store } from '../store/store.ts'

/** More are refused: whoever has a token could make them up. */
export const maxDataPlanes = 10_000
/** How long a data plane that is gone is remembered. */
export const rememberedMs = 24 * 60 * 60_000
/** Between two writes of what data planes have said. */
const writePauseMs = 100

export interface KnownDataPlanesOptions {
  store: Pick<Store, 'putDataPlanes' | 'listDataPlanes'>
  clock: Clock
  logger: Pick<Logger, 'warn'>
  /** What is known of one has changed. */
  onChange: () => void
}

/** What is known of data planes: what this control plane has heard, and what others on the same store have. The later one counts. */
export class KnownDataPlanes {
  readonly #store: KnownDataPlanesOptions['store']
  readonly #clock: Clock
  readonly #logger: KnownDataPlanesOptions['logger']
  readonly #onChange: () => void
  readonly #known = new Map<string, DataPlane>()
  /** Not in the store yet. */
  readonly #unwritten = new Map<string, DataPlane>()
  readonly #readOnce: (what: string) => Promise<void>
  #lastWrite: Promise<void> = Promise.resolve()
  #isWriting = false
  #isClosed = false

  constructor ({ store, clock, logger, onChange }: KnownDataPlanesOptions) {
    this.#store = store
    this.#clock = clock
    this.#logger = logger
    this.#onChange = onChange
    this.#readOnce = coalesced(async () => await this.#read())
  }

  all (): Iterable<DataPlane> {
    return this.#known.values()
  }

  get size (): number {
    return this.#known.size
  }

  find (id: string): DataPlane | null {
    return this.#known.get(id) ?? null
  }

  put (dataPlane: DataPlane): void {
    this.#known.set(dataPlane.id, dataPlane)
    this.#unwritten.set(dataPlane.id, dataPlane)
    this.#onChange()
    if (this.#isWriting) return
    this.#isWriting = true
    void this.#writeOn()
  }

  /** Learns what others have heard. */
  async refresh (): Promise<void> {
    await this.#readOnce('all')
  }

  /** Resolves when all that was heard is in the store, or cannot be put there. */
  async flush (): Promise<void> {
    this.#lastWrite = this.#lastWrite.then(async () => await this.#write())
    await this.#lastWrite
  }

  async close (): Promise<void> {
    await this.flush()
    this.#isClosed = true
  }

  async #read (): Promise<void> {
    const remembered = new Date(this.#clock.now() - rememberedMs).toISOString()
    for (const { id, seenAt } of this.#known.values()) if (seenAt < remembered) this.#known.delete(id)
    for (const found of await readAll(async page => await this.#store.listDataPlanes(page))) {
      const known = this.#known.get(found.id)
      if (known !== undefined && known.seenAt >= found.seenAt) continue
      this.#known.set(found.id, found)
      this.#onChange()
    }
  }

  /** Of what comes in a moment, the last is written: a thousand data planes are no thousand transactions. */
  async #writeOn (): Promise<void> {
    while (this.#unwritten.size > 0 && !this.#isClosed) {
      await this.flush()
      await new Promise(resolve => setTimeout(resolve, writePauseMs).unref())
    }
    this.#isWriting = false
  }

  async #write (): Promise<void> {
    const batch = [...this.#unwritten.values()]
    this.#unwritten.clear()
    if (batch.length === 0 || this.#isClosed) return
    try {
      await this.#store.putDataPlanes(batch)
    } catch (err) {
      if (!(err instanceof StoreError)) throw err
      // Each data plane says it again a few seconds later.
      this.#logger.warn({ err }, 'what data planes say of themselves could not be kept')
    }
  }
}

/** One in trouble follows the feed by fits and starts; but it is there, and has not got what others have. */
export function isConnected ({ connected, trouble, seenAt }: DataPlane, now: number): boolean {
  return (connected || trouble !== undefined) && now - Date.parse(seenAt) < disconnectedAfterMs
}
