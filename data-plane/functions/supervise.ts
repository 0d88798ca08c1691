import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Logger } from '#shared/log.ts'
import { startSandbox, type SandboxLimits, type SandboxProcess } from './sandbox-process.ts'
import { buildSandboxScripts, type SandboxScripts } from './scripts.ts'

export interface SuperviseOptions {
  count: number
  /** For the sockets; must be short: the path of a Unix socket has at most 107 bytes. */
  runDir: string
  logger: Logger
  /** Called at every change with the socket paths by slot; `null`: that sandbox is being replaced. */
  onSockets: (sockets: Array<string | null>) => void
  limits?: Partial<SandboxLimits>
  /** Built now where they are not given. */
  scripts?: SandboxScripts
}

export interface SandboxSupervisor {
  sockets: () => Array<string | null>
  close: () => Promise<void>
}

const defaultLimits: SandboxLimits = {
  maxIsolates: 400,
  maxHeapBytes: 256 * 1024 * 1024,
  maxResidentBytes: 512 * 1024 * 1024,
  maxSilenceMs: 5_000
}

/** A sandbox that lives this long has started well. */
const settledMs = 5_000
const backOffMs = { first: 100, most: 5_000 }
/** So many deaths in a row are answered at once. */
const freeRestarts = 3

/**
 * Keeps `count` sandbox processes alive and replaces each that ends. Resolves when all of them listen.
 * @throws where the scripts cannot be built or `runDir` cannot be written
 */
export async function superviseSandboxes (options: SuperviseOptions): Promise<SandboxSupervisor> {
  const { count, runDir, logger, onSockets } = options
  const scriptsPath = path.join(runDir, 'sandbox-scripts.json')
  writeFileSync(scriptsPath, JSON.stringify(options.scripts ?? await buildSandboxScripts()), { mode: 0o600 })

  const sockets = Array.from({ length: count }, (): string | null => null)
  const slots = Array.from({ length: count }, (_value, slot) => new Slot(slot, scriptsPath, options, socket => {
    sockets[slot] = socket
    onSockets([...sockets])
  }))
  await Promise.all(slots.map(async slot => await slot.listening))
  logger.debug({ count }, 'sandboxes are ready')
  return {
    sockets: () => [...sockets],
    close: async () => {
      await Promise.all(slots.map(async slot => await slot.close()))
      rmSync(scriptsPath, { force: true })
    }
  }
}

/** One place for a sandbox: the process in it comes and goes. */
class Slot {
  /** Resolves when the first process listens. */
  readonly listening: Promise<void>
  readonly #slot: number
  readonly #scriptsPath: string
  readonly #options: SuperviseOptions
  readonly #onSocket: (socket: string | null) => void
  readonly #settle: () => void
  #generation = 0
  #failures = 0
  #process: SandboxProcess | null = null
  #restart: NodeJS.Timeout | undefined
  #isClosed = false

  constructor (slot: number, scriptsPath: string, options: SuperviseOptions, onSocket: (socket: string | null) => void) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.listening = promise
    this.#settle = resolve
    this.#slot = slot
    this.#scriptsPath = scriptsPath
    this.#options = options
    this.#onSocket = onSocket
    this.#start()
  }

  async close (): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    this.#settle()
    await this.#process?.close()
  }

  #start (): void {
    const { runDir, logger, limits } = this.#options
    const startedAt = performance.now()
    const socketPath = path.join(runDir, `sandbox-${this.#slot}-${++this.#generation}.sock`)
    this.#process = startSandbox({
      socketPath,
      scriptsPath: this.#scriptsPath,
      logger: logger.child({ sandbox: this.#slot }),
      limits: { ...defaultLimits, ...limits },
      onListening: () => {
        this.#onSocket(socketPath)
        this.#settle()
      },
      onExit: () => {
        rmSync(socketPath, { force: true })
        if (!this.#isClosed) this.#replace(performance.now() - startedAt)
      }
    })
  }

  #replace (livedMs: number): void {
    this.#process = null
    this.#onSocket(null)
    this.#failures = livedMs >= settledMs ? 0 : this.#failures + 1
    const delayMs = this.#failures <= freeRestarts ? 0 : Math.min(backOffMs.most, backOffMs.first * 2 ** (this.#failures - freeRestarts - 1))
    this.#restart = setTimeout(() => this.#start(), delayMs)
  }
}
