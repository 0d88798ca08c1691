import type { SandboxProcess } from './sandbox-process.ts'
import type { SandboxStock } from './stock.ts'

/** A sandbox that lives this long has started well. */
const settledMs = 5_000
const backOffMs = { first: 100, most: 5_000 }
/** So many deaths in a row are answered at once. */
const freeRestarts = 3

/** One place for a sandbox: the process in it comes and goes. */
export class Slot {
  /** Where the sandbox listens; `null`: nowhere at the moment. */
  socket: string | null = null
  /** true: one has listened here. false: none ever did, however often it was tried, or the slot was closed before. */
  readonly filled: Promise<boolean>
  readonly #settle: (isFilled: boolean) => void
  readonly #stock: SandboxStock
  readonly #onChange: () => void
  #process: SandboxProcess | null = null
  #failures = 0
  #restart: NodeJS.Timeout | undefined
  #isAsleep = false
  #isClosed = false

  constructor (stock: SandboxStock, onChange: () => void) {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.filled = promise
    this.#settle = resolve
    this.#stock = stock
    this.#onChange = onChange
    this.#fill()
  }

  /** How long nothing has run in it; 0 where it is empty. */
  idleMs (): number {
    return this.#process?.idleMs() ?? 0
  }

  /** Ends the sandbox until somebody wakes it. */
  sleep (): void {
    const process = this.#process
    this.#isAsleep = true
    this.#process = null
    this.socket = null
    this.#onChange()
    void process?.close()
  }

  wake (): void {
    if (!this.#isAsleep || this.#isClosed) return
    this.#isAsleep = false
    this.#fill()
    if (this.socket !== null) this.#onChange()
  }

  async close (): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    this.#settle(false)
    await this.#process?.close()
  }

  #fill (): void {
    const startedAt = performance.now()
    const process = this.#process = this.#stock.take()
    if (process.state() === 'listening') this.#enter(process)
    else void this.#enterLater(process)
    void this.#replaceLater(process, startedAt)
  }

  async #enterLater (process: SandboxProcess): Promise<void> {
    const isListening = await process.listening
    if (!isListening || this.#process !== process || this.#isClosed) return
    this.#enter(process)
    this.#onChange()
  }

  async #replaceLater (process: SandboxProcess, startedAt: number): Promise<void> {
    await process.doomed
    if (this.#process === process && !this.#isClosed) this.#replace(performance.now() - startedAt)
  }

  #enter (process: SandboxProcess): void {
    this.socket = process.socketPath
    this.#settle(true)
  }

  #replace (livedMs: number): void {
    this.#process = null
    this.socket = null
    this.#failures = livedMs >= settledMs ? 0 : this.#failures + 1
    if (this.#failures <= freeRestarts) this.#fill()
    else {
      this.#settle(false)
      this.#restart = setTimeout(() => this.#fillAndTell(), Math.min(backOffMs.most, backOffMs.first * 2 ** (this.#failures - freeRestarts - 1)))
    }
    this.#onChange()
  }

  #fillAndTell (): void {
    this.#fill()
    if (this.socket !== null) this.#onChange()
  }
}
