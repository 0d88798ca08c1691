import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { ReloadOutcome } from './succession.ts'

/**
 * What can be asked of whoever keeps a data plane: JSON, a line each. Programs of different versions talk this way, so what is here is only ever
 * added to.
 */
export type Order =
  | { type: 'reload' }
  /** Whoever had started it is gone; from now on `pid` has. Its settings are for all that is started from now on, which is done at once. */
  | { type: 'take-over', pid: number, env: NodeJS.ProcessEnv }
  /** Finish what has begun, and end. */
  | { type: 'close' }

export type Answer =
  | { type: 'reloaded', outcome: ReloadOutcome }
  | { type: 'taken' }
  /** There is another one by now, here. */
  | { type: 'moved', pid: number, socket: string }
  | { type: 'refused', reason: string }

/** One who asks. */
export interface Caller {
  answer: (answer: Answer) => void
  /** After what was answered. */
  hangUp: () => void
  /** It has hung up, or is gone. */
  readonly left: Promise<void>
}

/** Where orders are taken: a socket in a folder that only this user can enter. */
export interface Control {
  path: string
  close: () => Promise<void>
}

export function takeOrders (folder: string, obey: (order: Order, caller: Caller) => void): Control {
  const socketPath = path.join(folder, 'control')
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    const { promise: left, resolve: onLeft } = Promise.withResolvers<void>()
    const caller: Caller = { answer: answer => { write(socket, answer) }, hangUp: () => { socket.end() }, left }
    // Who asked may have left.
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    createInterface(socket)
      .on('line', line => obey(JSON.parse(line) as Order, caller))
      .once('close', () => {
        onLeft()
        socket.end()
      })
  })
  server.listen(socketPath)
  return {
    path: socketPath,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroySoon()
      await closed
    }
  }
}

/** The end of the line of one who asks. */
export interface ControlLine {
  /** One at a time. @throws {CallEnded} */
  ask: (order: Order) => Promise<Answer>
  tell: (order: Order) => void
  /** Nobody is at the other end any more. */
  readonly ended: Promise<void>
  hangUp: () => void
}

/** @throws where nobody listens there */
export async function call (socketPath: string): Promise<ControlLine> {
  const socket = connect(socketPath)
  await once(socket, 'connect')
  let pending: PromiseWithResolvers<Answer> | null = null
  const { promise: ended, resolve: onEnded } = Promise.withResolvers<void>()
  createInterface(socket).on('line', line => pending?.resolve(JSON.parse(line) as Answer))
  socket.on('error', () => undefined).once('close', () => {
    pending?.reject(new CallEnded())
    onEnded()
  })
  const tell = (order: Order): void => write(socket, order)
  return {
    ask: async order => {
      pending = Promise.withResolvers()
      tell(order)
      return await pending.promise
    },
    tell,
    ended,
    hangUp: () => { socket.end() }
  }
}

/** Whoever was asked has ended before the answer. */
export class CallEnded extends Error {
  override readonly name = 'CallEnded'
  constructor () {
    super('the data plane has ended meanwhile')
  }
}

/** Nobody is there: a socket that a killed process has left behind, or none. */
export function isUnreachable (error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ECONNREFUSED'].includes(String(error.code))
}

function write (socket: Socket, message: Order | Answer): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
}
