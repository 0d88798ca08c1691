import { parentPort, workerData } from 'node:worker_threads'
import { StoreError } from '../../store.ts'
import { LogDatabase } from './database.ts'
import type { Call, Reply, ThreadData } from './messages.ts'

/** The thread that the logs are read and written on: however much is said, the control plane's own does not stand still for it. */
const port = parentPort!
const reply = (message: Reply): void => port.postMessage(message)
const database = new LogDatabase(workerData as ThreadData, error => reply({ damage: String(error) }))

port.on('message', ({ id, method, args }: Call) => {
  try {
    // The client's types are those of the methods.
    const run = database[method] as (...args: unknown[]) => unknown
    reply({ id, result: run.apply(database, args) })
    if (method === 'close') port.close()
  } catch (error) {
    reply({ id, failure: describe(error) })
  }
})

function describe (error: unknown): Extract<Reply, { failure: unknown }>['failure'] {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { message, code: error instanceof StoreError ? 'unavailable' : null, stack }
}
