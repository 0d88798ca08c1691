import { parentPort, workerData } from 'node:worker_threads'
import { Problem } from '#shared/errors.ts'
import type { Rules } from './read.ts'
import type { ImportedApi } from '../openapi-documents/import/document.ts'
import type { GatewayDocument } from './schema.ts'
import type { Format } from './text.ts'

/** What runs beside the event loop, once for each document: see `thread.ts`. */
export type Job = { read: Uint8Array, format: Format, rules: Rules } | { openApi: Uint8Array, format: Format } | { write: GatewayDocument, comment: string }
export type Result<Value = GatewayDocument | ImportedApi | string> =
  { value: Value } | { problem: Pick<Problem, 'code' | 'message' | 'errors'> }

const result = await run(workerData as Job)
parentPort!.postMessage(result, [])

async function run (job: Job): Promise<Result> {
  if ('write' in job) {
    const { writeYaml } = await import('./yaml.ts')
    return { value: writeYaml(job.write, job.comment) }
  }
  try {
    return { value: 'openApi' in job ? await readApi(job.openApi, job.format) : await readGateway(job.read, job.format, job.rules) }
  } catch (error) {
    // The stack of the parser is as deep as the text nests.
    if (error instanceof RangeError) return { problem: { code: 'malformed_request', message: 'The body nests too deep.', errors: undefined } }
    if (!(error instanceof Problem)) throw error
    const { code, message, errors } = error
    return { problem: { code, message, errors } }
  }
}

async function readGateway (body: Uint8Array, format: Format, rules: Rules): Promise<GatewayDocument> {
  const { readDocument } = await import('./read.ts')
  return readDocument(format, Buffer.from(body), rules)
}

async function readApi (body: Uint8Array, format: Format): Promise<ImportedApi> {
  const { readOpenApiText } = await import('../openapi-documents/import/text.ts')
  return readOpenApiText(format, Buffer.from(body))
}
