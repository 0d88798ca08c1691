import type { Config } from '#shared/config.ts'
import { lockDataDir } from '../replica/lock.ts'
import { makeRunDir } from '../run-dir.ts'
import { bindAddress } from './bind.ts'
import { takeOrders } from './control.ts'
import { startGeneration, type Generation } from './generation.ts'
import { removeRecord, writeRecord } from './record.ts'
import { createSuccession, type ReloadOutcome } from './succession.ts'

/** A data plane that is kept alive, and whose processes can be replaced by those of a newer program while it serves. */
export interface Keeper {
  port: number
  /** Resolves when it accepts requests; `false`: it could not start, and has said why. */
  ready: Promise<boolean>
  /** Resolves with the first generation's exit code where it cannot start. */
  failed: Promise<number>
  /** Replaces every process but this one. */
  reload: () => Promise<ReloadOutcome>
  /** Finishes what is in flight, then ends every process. */
  close: () => Promise<void>
}

export interface KeeperOptions {
  config: Pick<Config, 'dataDir' | 'host' | 'dataPort' | 'reloadDrainSeconds'>
  /** For every process below. */
  env: NodeJS.ProcessEnv
  /** All workers serve this revision. */
  onApplied: (revision: number) => void
  /** What operators are to know. */
  say: (message: string) => void
}

/**
 * The one process of a data plane that stays: it holds the socket that is listened on and does nothing else, so that there is little in it that
 * could fail or need a change. Everything else is a generation's.
 * @throws {ReplicaInUse} where another one runs on the same data directory, {ListenFailed}, and what the file system refuses
 */
export async function keepDataPlane ({ config, env, onApplied, say }: KeeperOptions): Promise<Keeper> {
  const { dataDir } = config
  const lock = lockDataDir(dataDir)
  const address = await bindAddress(config.host, config.dataPort).catch((error: unknown) => {
    lock.close()
    throw error
  })
  const runDir = makeRunDir(dataDir, 'keeper')
  const succession = createSuccession({
    start: (number, begin): Generation => startGeneration({
      number, begin, fd: address.fd, env, onApplied, onReload: () => void succession.reload()
    }),
    onServing: generation => writeRecord(dataDir, { pid: process.pid, generation, socket: control.path }),
    drainMs: config.reloadDrainSeconds * 1_000,
    say
  })
  const control = takeOrders(runDir.path, succession.reload)
  let closed: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await succession.close()
    await control.close()
    removeRecord(dataDir)
    runDir.remove()
    address.close()
    lock.close()
  }
  return {
    port: address.port,
    ready: succession.ready,
    failed: succession.failed,
    reload: succession.reload,
    close: async () => await (closed ??= close())
  }
}
