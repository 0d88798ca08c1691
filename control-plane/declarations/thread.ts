import { Worker } from 'node:worker_threads'
import { Problem } from '#shared/errors.ts'
import { createQueue, type Queue } from '../queue.ts'
import { maxValueBytes } from '../variables/schema.ts'
import type { Format } from './text.ts'
import { gatewayDocument, maxClients, maxFileBytes, type GatewayDocument } from './schema.ts'
import type { ImportedApi } from '../openapi-documents/import/document.ts'
import type { Job, Result } from './worker.ts'

/** Longer than any honest document: the largest took two seconds. */
const deadlineMs = 10_000
const maxWaiting = 20

/**
 * Reads and writes documents in a thread of its own for each, one after the other: the text decides how long that takes, and whoever else
 * uses this process is not to wait for it.
 */
export class DocumentThread {
  readonly #queue: Queue = createQueue({ maxAtOnce: 1, maxWaiting, what: 'documents wait to be read or written' })
  readonly #deadlineMs: number

  constructor (options: { deadlineMs?: number } = {}) {
    this.#deadlineMs = options.deadlineMs ?? deadlineMs
  }

  /** @throws {Problem} `malformed_request`, `validation_failed`, `too_many_requests` */
  async read (body: Buffer, format: Format): Promise<GatewayDocument> {
    return await this.#run<GatewayDocument>({ read: body, format, rules: { schema: gatewayDocument, maxFileBytes, maxClients, maxValueBytes } })
  }

  /** A document of OpenAPI. @throws {Problem} `malformed_request`, `validation_failed`, `too_many_requests` */
  async readOpenApi (body: Buffer, format: Format): Promise<ImportedApi> {
    return await this.#run<ImportedApi>({ openApi: body, format })
  }

  /** As YAML that `read` reads. @throws {Problem} `too_many_requests` */
  async write (document: GatewayDocument, comment: string): Promise<string> {
    return await this.#run<string>({ write: document, comment })
  }

  async close (): Promise<void> {
    await this.#queue.idle()
  }

  async #run<Value> (job: Job): Promise<Value> {
    const result = await this.#queue.run(() => runInThread<Value>(job, this.#deadlineMs))
    if ('value' in result) return result.value
    const { code, message, errors } = result.problem
    throw new Problem(code, message, errors && { errors })
  }
}

async function runInThread<Value> (job: Job, deadlineMs: number): Promise<Result<Value>> {
  const thread = new Worker(new URL('worker.ts', import.meta.url), { workerData: job, env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 256 } })
  const { promise, resolve, reject } = Promise.withResolvers<Result<Value>>()
  const tooMuch: Result<Value> = { problem: { code: 'malformed_request', message: 'The body is too much to be read.', errors: undefined } }
  const timer = setTimeout(() => resolve(tooMuch), deadlineMs)
  thread.once('message', resolve)
  thread.once('error', error => {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') resolve(tooMuch)
    else reject(error)
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    await thread.terminate()
  }
}
