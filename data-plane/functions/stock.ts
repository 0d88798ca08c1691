import { rmSync } from 'node:fs'
import path from 'node:path'
import { startSandbox, type SandboxEnd, type SandboxProcess, type SandboxProcessOptions } from './sandbox-process.ts'

export interface StockOptions extends Omit<SandboxProcessOptions, 'folder'> {
  runDir: string
  /** Called when a sandbox that somebody had taken has ended. */
  onEnd: (socket: string, end: SandboxEnd) => void
}

const restockAfterMs = { first: 50, most: 5_000 }

/** Starts sandboxes, and has one standing by that nobody has to wait for. */
export class SandboxStock {
  readonly #options: StockOptions
  #count = 0
  #spare: SandboxProcess | null = null
  #failures = 0
  #restocking: NodeJS.Timeout | undefined
  #isOpen = false
  #isClosed = false

  constructor (options: StockOptions) {
    this.#options = options
  }

  /** The one that stands by, even if it only starts; otherwise a new one. */
  take (): SandboxProcess {
    const taken = this.#spare ?? this.#start()
    if (taken === this.#spare) {
      this.#spare = null
      this.#restockLater()
    }
    void this.#report(taken)
    return taken
  }

  /** From now on one stands by. */
  restock (): void {
    this.#isOpen = true
    if (this.#spare !== null || this.#isClosed) return
    const spare = this.#spare = this.#start()
    void this.#replaceLater(spare)
  }

  async close (): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restocking)
    await this.#spare?.close()
  }

  async #report (taken: SandboxProcess): Promise<void> {
    const end = await taken.ended
    if (!this.#isClosed) this.#options.onEnd(taken.socketPath, end)
  }

  async #replaceLater (spare: SandboxProcess): Promise<void> {
    this.#failures = await spare.listening ? 0 : this.#failures + 1
    await spare.doomed
    if (this.#spare !== spare) return
    this.#spare = null
    this.#restockLater()
  }

  /** Not at once: whoever has just moved into the last one needs the processor more. */
  #restockLater (): void {
    if (!this.#isOpen || this.#isClosed) return
    clearTimeout(this.#restocking)
    this.#restocking = setTimeout(() => this.restock(), Math.min(restockAfterMs.most, restockAfterMs.first * 2 ** this.#failures))
  }

  #start (): SandboxProcess {
    const folder = path.join(this.#options.runDir, `sandbox-${++this.#count}`)
    try {
      return startSandbox({ ...this.#options, folder })
    } catch (err) {
      if (!(err instanceof Error && 'code' in err)) throw err
      this.#options.logger.error({ err }, 'a sandbox could not be started')
      rmSync(folder, { recursive: true, force: true })
      return neverStarted(folder)
    }
  }
}

/** For the lack of room, or of whatever else the system gives: it is tried again as after any other end. */
function neverStarted (folder: string): SandboxProcess {
  return {
    socketPath: path.join(folder, 'socket'),
    state: () => 'doomed',
    listening: Promise.resolve(false),
    doomed: Promise.resolve(),
    ended: Promise.resolve({ reason: 'crash', culprit: null }),
    idleMs: () => 0,
    close: async () => {}
  }
}
