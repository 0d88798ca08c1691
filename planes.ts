import { fork, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { passOnEnvironment, type Config } from '#shared/config.ts'

/** The control plane in a process of its own, replaced when it dies. */
export interface ControlPlane {
  /** What the first process said when it was ready; `null`: it could not start, and has said why on standard error. */
  ready: Promise<ReadyMessage | null>
  /** Lets it finish what it has begun, then resolves when its process is gone. */
  close: () => Promise<void>
}

export interface ReadyMessage {
  type: 'ready'
  url: string
  port: number
  firstStart: boolean
  adminToken: string | null
}

const firstBackoffMs = 100
const longestBackoffMs = 5_000
/** Longer than the plane's own deadlines, so that this is the answer to a process that hangs. */
const killAfterMs = 20_000

/** @param onFailure called with the exit code where the plane cannot start at all */
export function keepControlPlane (config: Pick<Config, 'dataDir' | 'logLevel'>, onFailure: (exitCode: number) => void): ControlPlane {
  const { promise: ready, resolve: resolveReady } = Promise.withResolvers<ReadyMessage | null>()
  let child: ChildProcess
  let backoffMs = firstBackoffMs
  let started = false
  let closing = false
  let restart: NodeJS.Timeout | undefined

  const onMessage = (message: ReadyMessage): void => {
    started = true
    backoffMs = firstBackoffMs
    resolveReady(message)
  }
  const onExit = (code: number | null): void => {
    if (closing) return
    if (!started) {
      resolveReady(null)
      onFailure(code ?? 1)
      return
    }
    process.stderr.write(`imprun: the control plane stopped (${code ?? 'signal'}); starting it again\n`)
    restart = setTimeout(launch, backoffMs)
    backoffMs = Math.min(backoffMs * 2, longestBackoffMs)
  }
  const env = planeEnvironment(config)
  const launch = (): void => {
    // A session of its own: Ctrl-C reaches this process alone, which then stops the planes in order.
    child = fork(new URL('control-plane/main.ts', import.meta.url), { detached: true, env })
    child.on('message', onMessage)
    child.on('exit', onExit)
  }
  launch()

  return {
    ready,
    close: async () => {
      closing = true
      clearTimeout(restart)
      resolveReady(null)
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise(resolve => child.once('exit', resolve))
      const killer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      child.kill('SIGTERM')
      await gone
      clearTimeout(killer)
    }
  }
}

/** For both planes. */
export function planeEnvironment (config: Pick<Config, 'dataDir' | 'logLevel'>): NodeJS.ProcessEnv {
  // Types are stripped and modules compiled once: a third of the time to start.
  return passOnEnvironment({ NODE_COMPILE_CACHE: path.join(config.dataDir, 'compile-cache') }, { IMPRUN_LOG_LEVEL: config.logLevel })
}
