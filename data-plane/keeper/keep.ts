import { lockDataDir } from '../replica/lock.ts'
import { bindAddress } from './bind.ts'
import { runKeeper, type Keeper, type KeeperOptions } from './keeper.ts'
import { findVacancy, takeOver } from './take-over.ts'

/**
 * Keeps the data plane of this data directory: the one that is there and has lost its keeper, or a new one.
 * @throws {ReplicaInUse} where another one runs on the same data directory, {ListenFailed}, and what the file system refuses
 */
export async function keepDataPlane (options: KeeperOptions): Promise<Keeper> {
  const vacancy = await findVacancy(options.config)
  const taken = vacancy === null ? null : await takeOver(options, vacancy)
  return taken ?? await found(options)
}

async function found (options: KeeperOptions): Promise<Keeper> {
  const { dataDir, host, dataPort } = options.config
  const lock = lockDataDir(dataDir)
  try {
    return runKeeper({ ...options, lock, address: await bindAddress(host, dataPort) })
  } catch (error) {
    lock.close()
    throw error
  }
}
