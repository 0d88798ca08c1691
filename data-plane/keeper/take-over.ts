import { setTimeout as delay } from 'node:timers/promises'
import { ReplicaInUse } from '../replica/lock.ts'
import { call, isUnreachable, type ControlLine } from './control.ts'
import type { Keeper, KeeperOptions } from './keeper.ts'
import { isRunning, readRecord, type KeeperRecord } from './record.ts'
import { askForReload } from './reload.ts'

/** Whoever has lost its keeper notices at once; a busy machine may take a while. */
const noticedMs = 1_000
const lookEveryMs = 20

/**
 * A data plane that runs on this data directory and was started by somebody who is gone; `null`: there is none.
 * @param lost a keeper that has hung up, though its process may not have ended altogether
 */
export async function findVacancy ({ dataDir }: KeeperOptions['config'], lost?: number): Promise<KeeperRecord | null> {
  for (const deadline = performance.now() + noticedMs; performance.now() < deadline; await delay(lookEveryMs)) {
    const record = readRecord(dataDir)
    if (record === null || !isRunning(record.supervisor)) return null
    if (record.pid !== lost && isRunning(record.pid)) return record.vacant ? record : null
  }
  return null
}

/**
 * Stands in for whoever had started a data plane that is there, and has all its processes replaced by those of this program with these settings.
 * The socket that is listened on can only be handed down from parent to child: so it stays with those who have it, and a process of theirs
 * is the keeper, which this one speaks for.
 * @returns `null` where there is nothing to take over: it has ended meanwhile, or listens on another address and was told to end
 * @throws {ReplicaInUse} where somebody else was faster
 */
export async function takeOver (options: KeeperOptions, vacancy: KeeperRecord): Promise<Keeper | null> {
  const { config, say } = options
  const isSameAddress = vacancy.host === config.host && (config.dataPort === 0 || config.dataPort === vacancy.port)
  if (!isSameAddress) {
    await tellToClose(vacancy)
    return null
  }
  let held = await hold(vacancy, options.env)
  if (held === null) return null
  say('the data plane that is running here has lost whoever had started it; this process takes over, and all others are replaced')
  const failed = Promise.withResolvers<number>()
  let isClosing = false

  const stay = async (): Promise<void> => {
    while (held !== null) {
      await held.line.ended
      // Who ends in order leaves no record.
      const next = await findVacancy(config, held.pid)
      held = next === null ? null : await hold(next, options.env)
      if (isClosing) held?.line.tell({ type: 'close' })
    }
    failed.resolve(readRecord(config.dataDir) === null ? 0 : 1)
  }
  const over = stay()
  over.catch((error: unknown) => {
    say(String(error))
    failed.resolve(1)
  })
  return {
    port: vacancy.port,
    ready: Promise.resolve(true),
    failed: failed.promise,
    reload: async () => {
      if (held === null) throw new Error('the data plane has ended')
      return await askForReload(held.socket)
    },
    close: async () => {
      isClosing = true
      held?.line.tell({ type: 'close' })
      await over
    }
  }
}

/** The keeper that this process speaks for. */
interface Held {
  pid: number
  socket: string
  line: ControlLine
}

async function hold ({ pid, socket }: Pick<KeeperRecord, 'pid' | 'socket'>, env: NodeJS.ProcessEnv): Promise<Held | null> {
  try {
    const line = await call(socket)
    const answer = await line.ask({ type: 'take-over', pid: process.pid, env })
    switch (answer.type) {
      case 'taken': return { pid, socket, line }
      case 'moved':
        line.hangUp()
        return await hold(answer, env)
      case 'refused': throw new ReplicaInUse(answer.reason)
      case 'reloaded': throw new Error('the data plane answered another order')
    }
  } catch (error) {
    if (isUnreachable(error)) return null
    throw error
  }
}

async function tellToClose (vacancy: KeeperRecord): Promise<void> {
  try {
    const line = await call(vacancy.socket)
    line.tell({ type: 'close' })
    await line.ended
  } catch (error) {
    if (!isUnreachable(error)) throw error
  }
}
