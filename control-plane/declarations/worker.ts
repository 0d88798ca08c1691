import { parentPort, workerData } from 'node:worker_threads'
import { Problem } from '#shared/errors.ts'
import type { Format, Rules } from './read.ts'
import type { GatewayDocument } from './schema.ts'

/** What runs beside the event loop, once for each document: see `thread.ts`. */
export type Job = { read: Uint8Array, format: Format, rules: Rules } | { write: GatewayDocument, comment: string }
export type Result<Value = GatewayDocument | string> =
  { value: Value } | { problem: Pick<Problem, 'code' | 'message' | 'errors'> }

const result = await run(workerData as Job)
parentPort!.postMessage(result, [])

async function run (job: Job): Promise<Result> {
  if ('write' in job) {
    const { writeYaml } = await import('./yaml.ts')
    return { value: writeYaml(job.write, job.comment) }
  }
  const { readDocument } = await import('./read.ts')
  try {
    return { value: readDocument(job.format, Buffer.from(job.read), job.rules) }
  } catch (error) {
    // The stack of the parser is as deep as the text nests.
    if (error instanceof RangeError) return { problem: { code: 'malformed_request', message: 'The body nests too deep.', errors: undefined } }
    if (!(error instanceof Problem)) throw error
    const { code, message, errors } = error
    return { problem: { code, message, errors } }
  }
}
