import { refuseUnusable } from '../../json-body.ts'
import { readText, type Format } from '../../declarations/text.ts'
import { readOpenApi, type ImportedApi } from './document.ts'

/** Schemas that stand in each other, within an operation within a path. */
const maxDepth = 100

/** @throws {Problem} `malformed_request`, `validation_failed` */
export function readOpenApiText (format: Format, body: Buffer): ImportedApi {
  return readText(format, body, value => {
    refuseUnusable(value, maxDepth)
    return readOpenApi(value)
  })
}
