import { forkPlatform, type Forked } from '../support/launch.ts'
import { until } from '../support/until.ts'

/** A plane as an operator runs it, which can be killed and started again. */
export interface Plane {
  readonly pid: number
  readonly dataDir: string
  /** Resolves when it is ready. @throws with its output where it ends instead */
  start: (env?: Record<string, string>) => Promise<void>
  /** SIGKILL. */
  kill: () => Promise<void>
  /** SIGTERM. */
  close: () => Promise<void>
}

/** Half a minute: a busy machine takes its time. */
const startLooks = 3_000

export function createPlane (command: 'control-plane' | 'data-plane', dataDir: string, env: Record<string, string>): Plane {
  let running: Forked | null = null
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    running?.child.kill(signal)
    await running?.exited
    running = null
  }
  return {
    get pid () { return running!.child.pid! },
    dataDir,
    start: async (more = {}) => {
      const forked = running = forkPlatform({ dataDir, args: [command], env: { ...env, ...more } })
      // The one says so on the line to whoever has forked it, the other one on standard output.
      let isReady = false
      forked.child.once('message', () => { isReady = true })
      await until(`the ${command} is ready`, () => {
        if (forked.child.exitCode !== null) throw new Error(`The ${command} has ended:\n${forked.output()}`)
        return isReady || forked.output().includes('imprun data plane: ')
      }, isSo => isSo, startLooks)
    },
    kill: async () => await end('SIGKILL'),
    close: async () => await end('SIGTERM')
  }
}
