import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Platform } from '../../../test/support/launch.ts'
import { fillStore, type Served } from '../../clients/fill.ts'
import { callerOf, clientsOf, headersOf, type Population } from '../../clients/population.ts'
import { launchMeasured } from '../../engine/program.ts'
import { inFolder } from '../folder.ts'
import { usual } from '../imprun.ts'
import { untilQuiet } from './quiet.ts'

export interface Filled {
  platform: Platform
  close: () => Promise<void>
}

/** One edge worker, as the other peers have one process or thread, and an upstream on this machine. */
export const asProxy = { IMPRUN_WORKERS: '1', IMPRUN_SANDBOXES: '1', IMPRUN_EGRESS_ALLOW: '127.0.0.1/32' }

/** For a million clients. */
const syncTimeoutMs = 600_000

/** The platform on a store with these gateways and clients. Resolves when all of them can be asked for, and the platform has come to rest. */
export async function startFilled (populations: readonly Population[], served: Served): Promise<Filled> {
  return await inFolder('imprun', async dataDir => {
    await fillStore(path.join(dataDir, 'store.sqlite'), populations, served)
    const platform = await launchMeasured({ dataDir, env: { ...usual, ...asProxy } })
    const close = async (): Promise<void> => void await platform.close()
    try {
      await servesAll(platform, populations, served)
      await untilQuiet(platform.pid)
    } catch (error) {
      await close()
      throw error
    }
    return { platform, close }
  })
}

/** The feed brings the environments in the order of their names, and all of them or none. @throws with what was answered at last, where they do not come */
async function servesAll (platform: Platform, populations: readonly Population[], { endpoints }: Served): Promise<void> {
  const [path] = Object.values(endpoints) as [string]
  const headers = populations.map(population => headersOf(callerOf(population, clientsOf(population) - 1)))
  let last = 0
  for (const deadline = performance.now() + syncTimeoutMs; performance.now() < deadline; await delay(50)) {
    const statuses = await Promise.all(headers.map(async each => (await platform.traffic(each.host!, path, { headers: each })).status))
    if (statuses.every(status => status === 200)) return
    last = Math.max(...statuses)
  }
  throw new Error(`Not all gateways were there after ${syncTimeoutMs} ms, but ${last}:\n${platform.output()}`)
}
