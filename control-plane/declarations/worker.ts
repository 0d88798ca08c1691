import { parentPort, workerData } from 'node:worker_threads'
import { Problem } from '#shared/errors.ts'
import { readOpenApiText } from '../openapi-documents/import/text.ts'
import { readDocument, type Rules } from './read.ts'
import type { ImportedApi } from '../openapi-documents/import/document.ts'
import type { GatewayDocument } from './schema.ts'
import type { Format } from './text.ts'
import { writeYaml } from './yaml.ts'

/** What runs beside the event loop, one document after the other: see `thread.ts`. */
export type Job = { read: Uint8Array, format: Format } | { openApi: Uint8Array, format: Format } | { write: GatewayDocument, comment: string }
export type Result<Value = GatewayDocument | ImportedApi | string> =
  { value: Value } | { problem: Pick<Problem, 'code' | 'message' | 'errors'> }

const rules = workerData as Rules
parentPort!.on('message', (job: Job) => parentPort!.postMessage(run(job), []))

function run (job: Job): Result {
  if ('write' in job) return { value: writeYaml(job.write, job.comment) }
  try {
    return { value: 'openApi' in job ? readOpenApiText(job.format, Buffer.from(job.openApi)) : readDocument(job.format, Buffer.from(job.read), rules) }
  } catch (error) {
    // The stack of the parser is as deep as the text nests.
    if (error instanceof RangeError) return { problem: { code: 'malformed_request', message: 'The body nests too deep.', errors: undefined } }
    if (!(error instanceof Problem)) throw error
    const { code, message, errors } = error
    return { problem: { code, message, errors } }
  }
}
