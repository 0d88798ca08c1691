import { Problem } from '#shared/errors.ts'
import { createQueue, type Queue } from '../queue.ts'
import { maxValueBytes } from '../variables/schema.ts'
import type { Format } from './text.ts'
import { gatewayDocument, maxClients, maxFileBytes, type GatewayDocument } from './schema.ts'
import type { ImportedApi } from '../openapi-documents/import/document.ts'
import type { Rules } from './read.ts'
import { DocumentReader } from './reader.ts'
import type { Job, Result } from './worker.ts'

/** Longer than any honest document: the largest took two seconds, and a machine may be ten times as busy. */
const deadlineMs = 30_000
const maxWaiting = 20
const idleMs = 60_000
const rules: Rules = { schema: gatewayDocument, maxFileBytes, maxClients, maxValueBytes }
const tooMuch = { problem: { code: 'malformed_request', message: 'The body is too much to be read.', errors: undefined } } as const

export interface DocumentThreadOptions {
  /** Of each document. */
  deadlineMs?: number
  /** How long the thread is kept without one. */
  idleMs?: number
}

/**
 * Reads and writes documents in a thread of its own, one after the other: the text decides how long that takes, and whoever else uses this
 * process is not to wait for it. The thread is kept for the next document, as loading what it needs takes longer than reading does; with
 * one that took too long or too much it ends, and nothing of a document is kept in it.
 */
export class DocumentThread {
  readonly #queue: Queue = createQueue({ maxAtOnce: 1, maxWaiting, what: 'documents wait to be read or written' })
  readonly #options: DocumentThreadOptions
  #reader: DocumentReader | null = null
  #idle: NodeJS.Timeout | undefined

  constructor (options: DocumentThreadOptions = {}) {
    this.#options = options
  }

  /** @throws {Problem} `malformed_request`, `validation_failed`, `too_many_requests` */
  async read (body: Buffer, format: Format): Promise<GatewayDocument> {
    return await this.#run<GatewayDocument>({ read: body, format })
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
    clearTimeout(this.#idle)
    await this.#reader?.end()
  }

  async #run<Value> (job: Job): Promise<Value> {
    const result = await this.#queue.run(() => this.#inThread<Value>(job))
    if ('value' in result) return result.value
    const { code, message, errors } = result.problem
    throw new Problem(code, message, errors && { errors })
  }

  async #inThread<Value> (job: Job): Promise<Result<Value>> {
    clearTimeout(this.#idle)
    if (this.#reader === null || this.#reader.hasEnded) this.#reader = new DocumentReader(rules)
    const result = await this.#reader.answer(job, this.#options.deadlineMs ?? deadlineMs)
    if (result === null) return tooMuch
    this.#idle = setTimeout(() => void this.#reader?.end(), this.#options.idleMs ?? idleMs).unref()
    return result as Result<Value>
  }
}
