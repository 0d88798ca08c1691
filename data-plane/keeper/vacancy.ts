import { fork, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { makeRunDir } from '../run-dir.ts'
import { takeOrders, type Caller, type Order } from './control.ts'
import type { KeeperMessage } from './messages.ts'
import { outputsOf } from './outputs.ts'
import { readRecord, removeRecord, writeRecord } from './record.ts'

export interface VacancyOptions {
  dataDir: string
  /** Of this supervisor. */
  generation: number
  host: string
  port: number
  /** Of the socket that is listened on, open in this process. */
  fd: number
  /** How long somebody may take to come. */
  graceMs: number
}

const entry = path.join(import.meta.dirname, '..', 'keeper-process.ts')
const lookEveryMs = 50

/**
 * Keeps the place of a keeper that is gone, in the supervisor that it had: whoever is started next on this data directory is given another keeper, a
 * child of this process, since a socket is handed down and not handed over.
 * @returns the line to the new keeper; `null`: nobody came in time, or another generation serves, or this one was told to end
 */
export async function awaitKeeper ({ dataDir, generation, host, port, fd, graceMs }: VacancyOptions): Promise<ChildProcess | null> {
  const runDir = makeRunDir(dataDir, 'vacancy')
  const { promise, resolve } = Promise.withResolvers<ChildProcess | null>()
  let isTaken = false

  const give = async (order: Extract<Order, { type: 'take-over' }>, caller: Caller): Promise<void> => {
    if (isTaken) return caller.answer({ type: 'refused', reason: `another data plane is running on ${dataDir}` })
    isTaken = true
    const started = await startKeeper([String(generation), String(port)], fd, order)
    if (typeof started === 'string') {
      isTaken = false
      return caller.answer({ type: 'refused', reason: started })
    }
    caller.answer({ type: 'moved', pid: started.child.pid!, socket: started.socket })
    resolve(started.child)
  }
  const control = takeOrders(runDir.path, (order, caller) => {
    switch (order.type) {
      case 'take-over': return void give(order, caller)
      case 'close': return resolve(null)
      case 'reload': return caller.answer({ type: 'refused', reason: 'the data plane has lost whoever had started it; start it again' })
    }
  })
  // Of two generations that were there at that moment, the newer one serves on.
  const isNewest = (): boolean => (readRecord(dataDir)?.generation ?? 0) <= generation
  if (isNewest()) writeRecord(dataDir, { pid: process.pid, generation, supervisor: process.pid, socket: control.path, host, port, vacant: true })
  const look = setInterval(() => { if (!isNewest()) resolve(null) }, lookEveryMs)
  const patience = setTimeout(() => { if (!isTaken) resolve(null) }, graceMs)

  const keeper = await promise
  clearInterval(look)
  clearTimeout(patience)
  if (keeper === null && readRecord(dataDir)?.pid === process.pid) removeRecord(dataDir)
  await control.close()
  runDir.remove()
  return keeper
}

/** @returns why there is none, where there is none */
async function startKeeper (args: string[], fd: number, { pid, env }: { pid: number, env: NodeJS.ProcessEnv }): Promise<{ child: ChildProcess, socket: string } | string> {
  const { promise, resolve } = Promise.withResolvers<{ child: ChildProcess, socket: string } | string>()
  const outputs = outputsOf(pid)
  const child = fork(entry, args, { detached: true, env, stdio: ['inherit', ...outputs.stdio, 'ipc', fd] })
  outputs.close()
  child.on('message', (message: KeeperMessage) => { if (message.type === 'keeping') resolve({ child, socket: message.socket }) })
  child.once('error', error => resolve(error.message))
  child.once('exit', (code, signal) => resolve(`its keeper has ended with ${signal ?? code}`))
  return await promise
}
