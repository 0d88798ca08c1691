import { fork, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { passOnEnvironment, type Config } from '#shared/config.ts'

/** A plane in a process of its own, replaced when it dies. */
export interface Plane {
  /** What the first process said when it was ready; `null`: it could not start, and has said why on standard error. */
  ready: Promise<ReadyMessage | null>
  /** Resolves when the plane serves this revision everywhere. */
  applied: (revision: number) => Promise<void>
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

type PlaneMessage = ReadyMessage | { type: 'applied', revision: number }

const firstBackoffMs = 100
const longestBackoffMs = 5_000
/** Longer than the planes' own deadlines, so that this is the answer to a process that hangs. */
const killAfterMs = 20_000

/** @param onFailure called with the exit code where the plane cannot start at all */
export function keepPlane (name: 'control-plane' | 'data-plane', config: Pick<Config, 'dataDir' | 'logLevel'>, onFailure: (exitCode: number) => void): Plane {
  const { promise: ready, resolve: resolveReady } = Promise.withResolvers<ReadyMessage | null>()
  const waiters = new Set<{ revision: number, resolve: () => void }>()
  let appliedRevision = 0
  let child: ChildProcess
  let backoffMs = firstBackoffMs
  let started = false
  let closing = false
  let restart: NodeJS.Timeout | undefined

  const onMessage = (message: PlaneMessage): void => {
    if (message.type === 'ready') {
      started = true
      backoffMs = firstBackoffMs
      resolveReady(message)
      return
    }
    appliedRevision = message.revision
    for (const waiter of waiters) {
      if (waiter.revision > message.revision) continue
      waiters.delete(waiter)
      waiter.resolve()
    }
  }
  const onExit = (code: number | null): void => {
    if (closing) return
    if (!started) {
      resolveReady(null)
      onFailure(code ?? 1)
      return
    }
    process.stderr.write(`imprun: the ${name} stopped (${code ?? 'signal'}); starting it again\n`)
    restart = setTimeout(launch, backoffMs)
    backoffMs = Math.min(backoffMs * 2, longestBackoffMs)
  }
  // Types are stripped and modules compiled once: a third of the time to start.
  // What opens the database is no business of whoever serves traffic.
  const withheld = name === 'data-plane' ? { MONGODB_URL: '' } : {}
  const env = passOnEnvironment({ NODE_COMPILE_CACHE: path.join(config.dataDir, 'compile-cache') }, { IMPRUN_LOG_LEVEL: config.logLevel, ...withheld })
  const launch = (): void => {
    // A session of its own: Ctrl-C reaches this process alone, which then stops the planes in order.
    child = fork(new URL(`${name}/main.ts`, import.meta.url), { detached: true, env })
    child.on('message', onMessage)
    child.on('exit', onExit)
  }
  launch()

  return {
    ready,
    applied: async revision => {
      if (revision > appliedRevision) await new Promise<void>(resolve => waiters.add({ revision, resolve }))
    },
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
