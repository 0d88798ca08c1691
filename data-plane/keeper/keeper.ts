import type { Config } from '#shared/config.ts'
import { makeRunDir } from '../run-dir.ts'
import type { BoundAddress } from './bind.ts'
import { takeOrders, type Caller, type Order } from './control.ts'
import { startGeneration, type Generation, type GenerationEvents } from './generation.ts'
import { outputsOf, ownOutputs } from './outputs.ts'
import { removeRecord, writeRecord } from './record.ts'
import { createSuccession, type ReloadOutcome } from './succession.ts'

/** A data plane that is kept alive, and whose processes can be replaced by those of a newer program while it serves. */
export interface Keeper {
  port: number
  /** Resolves when it accepts requests; `false`: it could not start, and has said why. */
  ready: Promise<boolean>
  /** Resolves with the exit code where it cannot start, or has been ended by somebody else. */
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

export interface RunKeeperOptions extends KeeperOptions {
  address: Pick<BoundAddress, 'fd' | 'port' | 'close'>
  /** Of the data directory. */
  lock: { close: () => void }
  standIn?: StandIn
}

/** For a keeper that was not started by whoever wants the data plane to run, but in the place of one that is gone. */
export interface StandIn {
  /** The generation that serves. */
  adopt: (events: GenerationEvents) => Generation
  /** Somebody stands behind it from now on, or nobody any more. */
  onHeld: (isHeld: boolean) => void
}

/**
 * The one process of a data plane that stays: it holds the socket that is listened on and does nothing else, so that there is little in it that
 * could fail or need a change. Everything else is a generation's.
 */
export function runKeeper ({ config, address, lock, standIn, onApplied, say, ...options }: RunKeeperOptions): Keeper & { socket: string } {
  const { dataDir, host, reloadDrainSeconds } = config
  const runDir = makeRunDir(dataDir, 'keeper')
  let { env } = options
  let holder = standIn === undefined ? process.pid : null
  let serving: Generation | null = null

  const record = (): void => {
    if (serving === null) return
    const { number: generation, pid: supervisor } = serving
    writeRecord(dataDir, { pid: process.pid, generation, supervisor, socket: control.path, host, port: address.port, vacant: holder === null })
  }
  const events: GenerationEvents = { onApplied, onReload: () => void succession.reload() }
  const start = (number: number, begin: 'now' | 'waiting'): Generation => {
    const outputs = holder === null || holder === process.pid ? ownOutputs : outputsOf(holder)
    const generation = startGeneration({ number, begin, fd: address.fd, env, outputs, ...events })
    outputs.close()
    return generation
  }
  const onServing = (generation: Generation): void => {
    serving = generation
    record()
  }
  const succession = createSuccession({ start, adopted: standIn?.adopt(events), onServing, drainMs: reloadDrainSeconds * 1_000, say })

  const hold = async (order: Extract<Order, { type: 'take-over' }>, caller: Caller): Promise<void> => {
    if (holder !== null) return caller.answer({ type: 'refused', reason: `another data plane is running on ${dataDir}` })
    holder = order.pid
    env = order.env
    record()
    standIn?.onHeld(true)
    caller.answer({ type: 'taken' })
    // Its program and its settings may be newer.
    void succession.reload()
    await caller.left
    holder = null
    if (closed !== null) return
    record()
    standIn?.onHeld(false)
  }
  const reload = async (caller: Caller): Promise<void> => {
    caller.answer({ type: 'reloaded', outcome: await succession.reload() })
    caller.hangUp()
  }
  const control = takeOrders(runDir.path, (order, caller) => {
    switch (order.type) {
      case 'take-over': return void hold(order, caller)
      case 'close': return void close()
      case 'reload': return void reload(caller)
    }
  })
  const ended = Promise.withResolvers<number>()
  const end = async (): Promise<void> => {
    await succession.close()
    removeRecord(dataDir)
    await control.close()
    runDir.remove()
    address.close()
    lock.close()
    ended.resolve(0)
  }
  let closed: Promise<void> | null = null
  const close = async (): Promise<void> => await (closed ??= end())
  return {
    port: address.port,
    socket: control.path,
    ready: succession.ready,
    failed: Promise.race([succession.failed, ended.promise]),
    reload: succession.reload,
    close
  }
}
