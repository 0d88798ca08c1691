import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Logger } from '#shared/log.ts'
import type { PoolLimits } from './sandbox/pool.ts'
import { watch } from './watchdog.ts'

export interface SandboxProcessOptions {
  socketPath: string
  scriptsPath: string
  logger: Logger
  limits: SandboxLimits
  onListening: () => void
  /** Exactly once, whether it ended by itself, was killed or could not be started. */
  onExit: () => void
}

/** What one sandbox process may take. */
export interface SandboxLimits {
  /** Isolates that are kept warm. */
  maxIsolates: number
  /** Of all isolates together, before the least recently used ones go. */
  maxHeapBytes: number
  /** Resident memory, before the process is killed. */
  maxResidentBytes: number
  /** How long its event loop may stand still, before the process is killed. */
  maxSilenceMs: number
}

export interface SandboxProcess {
  close: () => Promise<void>
}

const startDeadlineMs = 15_000
const stopDeadlineMs = 2_000

const entry = fileURLToPath(new URL('sandbox/main.ts', import.meta.url))

/** Starts a sandbox with an empty environment and no channel but its socket, watches it from outside, and ends it. */
export function startSandbox ({ socketPath, scriptsPath, logger, limits, onListening, onExit }: SandboxProcessOptions): SandboxProcess {
  const began = performance.now()
  const poolLimits = JSON.stringify({ maxIsolates: limits.maxIsolates, maxHeapBytes: limits.maxHeapBytes } satisfies PoolLimits)
  // isolated-vm needs --no-node-snapshot from Node 20 on.
  const child = spawn(process.execPath, ['--no-node-snapshot', entry, socketPath, scriptsPath, poolLimits], { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] })
  const { promise: exited, resolve } = Promise.withResolvers<void>()
  let unwatch = (): void => undefined

  const kill = (reason: string, fields: Record<string, unknown> = {}): void => {
    logger.error({ pid: child.pid, ...fields }, `sandbox killed: ${reason}`)
    child.kill('SIGKILL')
  }
  const starting = setTimeout(() => kill('it did not start', { startDeadlineMs }), startDeadlineMs)

  child.once('error', err => logger.error({ err }, 'a sandbox could not be started'))
  // Also after a failed start, when there was no process that could exit.
  child.once('close', (code, signal) => {
    clearTimeout(starting)
    unwatch()
    logger.info({ pid: child.pid, code, signal }, 'sandbox ended')
    resolve()
    onExit()
  })
  createInterface(child.stdout).once('line', () => {
    clearTimeout(starting)
    logger.info({ pid: child.pid, ms: Math.round(performance.now() - began) }, 'sandbox started')
    unwatch = watch({ pid: child.pid!, socketPath, limits, kill })
    onListening()
  })
  forwardErrors(child, logger)

  return {
    close: async () => {
      const deadline = setTimeout(() => kill('it did not stop', { stopDeadlineMs }), stopDeadlineMs)
      child.kill('SIGTERM')
      await exited
      clearTimeout(deadline)
    }
  }
}

/** What V8 and Node.js say when they end; never tenant text, which leaves through the socket only. */
function forwardErrors (child: ChildProcess, logger: Logger): void {
  let lines = 0
  if (child.stderr === null) return
  createInterface(child.stderr).on('line', line => {
    if (lines++ < 100) logger.warn({ pid: child.pid, line: line.slice(0, 1_000) }, 'sandbox said')
  })
}
