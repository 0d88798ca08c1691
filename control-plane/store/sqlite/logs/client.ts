import { Worker } from 'node:worker_threads'
import type { Logger } from '#shared/log.ts'
import { StoreError } from '../../store.ts'
import { closedError } from '../errors.ts'
import type { LogDatabaseOptions } from './database.ts'
import { asideName } from './file.ts'
import type { Arguments, Call, Method, Outcome, Reply } from './messages.ts'

interface Waiting {
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

/** Asked and not answered. Each may hold a batch, or be one of those who follow and were all told of the same one. */
const maxWaiting = 500

/** Asks the thread of the logs, which is started by the first call, and again after it has ended. */
export class LogThread {
  readonly #options: LogDatabaseOptions
  readonly #logger: Logger
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | null = null
  #nextId = 1
  #isClosed = false

  constructor (options: LogDatabaseOptions, logger: Logger) {
    this.#options = options
    this.#logger = logger
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
    worker.on('error', error => {
      cause = error
      this.#logger.error({ err: error }, 'the thread of the logs has failed; the next call starts another one')
    })
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null
      for (const { reject } of this.#waiting.values()) reject(new StoreError('unavailable', 'The thread of the logs has ended', { cause }))
      this.#waiting.clear()
    })
    return worker
  }

  #receive (reply: Reply): void {
    if ('damage' in reply) {
      const file = asideName(this.#options.file)
      return this.#logger.error({ reason: reply.damage, file }, 'the logs of functions are damaged; they have been set aside, and new ones begun')
    }
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
