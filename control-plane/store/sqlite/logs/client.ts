import { Worker } from 'node:worker_threads'
import { StoreError } from '../../store.ts'
import { closedError } from '../errors.ts'
import type { LogDatabaseOptions } from './database.ts'
import type { Arguments, Call, Method, Outcome, Reply } from './messages.ts'

interface Waiting {
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

/** Asked and not answered; whoever asks more is slower served elsewhere. Each may hold a batch. */
const maxWaiting = 64

/** Asks the thread of the logs, which is started by the first call, and again after it has ended. */
export class LogThread {
  readonly #options: LogDatabaseOptions
  readonly #onDamage: (reason: string) => void
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | null = null
  #nextId = 1
  #isClosed = false

  constructor (options: LogDatabaseOptions, onDamage: (reason: string) => void) {
    this.#options = options
    this.#onDamage = onDamage
  }

  /** @throws {StoreError} `unavailable` */
  async call<Name extends Method> (method: Name, ...args: Arguments<Name>): Promise<Outcome<Name>> {
    if (this.#isClosed) throw closedError()
    if (this.#waiting.size >= maxWaiting) throw new StoreError('unavailable', 'The logs have too much to do')
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, { resolve, reject })
    this.#worker ??= this.#start()
    this.#worker.postMessage({ id, method, args } satisfies Call, [])
    return await promise as Outcome<Name>
  }

  /** What was asked before is done. */
  async close (): Promise<void> {
    const worker = this.#worker
    const closed = worker === null || this.#isClosed ? null : this.call('close')
    this.#isClosed = true
    if (worker === null) return
    const ended = new Promise(resolve => worker.once('exit', resolve))
    await closed
    await ended
  }

  #start (): Worker {
    const worker = new Worker(new URL('thread.ts', import.meta.url), { name: 'logs', workerData: this.#options, execArgv: [] })
    worker.on('message', (reply: Reply) => this.#receive(reply))
    let cause: unknown
    worker.on('error', error => { cause = error })
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null
      for (const { reject } of this.#waiting.values()) reject(new StoreError('unavailable', 'The thread of the logs has ended', { cause }))
      this.#waiting.clear()
    })
    return worker
  }

  #receive (reply: Reply): void {
    if ('damage' in reply) return this.#onDamage(reply.damage)
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('result' in reply) waiting?.resolve(reply.result)
    else waiting?.reject(toError(reply.failure))
  }
}

function toError ({ message, code, stack }: Extract<Reply, { failure: unknown }>['failure']): Error {
  if (code !== null) return new StoreError(code, message)
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
