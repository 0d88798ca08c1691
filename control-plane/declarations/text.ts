import { isUtf8 } from 'node:buffer'
import { Problem } from '#shared/errors.ts'
import { parseJson } from '../json-body.ts'
import { readYaml } from './yaml.ts'

export type Format = 'yaml' | 'json'

/** @throws {Problem} `malformed_request`, and what `checked` throws, with the lines that it is about */
export function readText<Checked> (format: Format, body: Buffer, checked: (value: unknown) => Checked): Checked {
  if (format === 'json') return checked(parseJson(body))
  if (!isUtf8(body)) throw new Problem('malformed_request', 'The body is not UTF-8.')
  const { value, placeOf } = readYaml(body.toString('utf8'))
  try {
    return checked(value)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Problem(error.code, error.message, { errors: (error.errors ?? []).map(fault => ({ ...fault, ...placeOf(fault.pointer) })), cause: error })
  }
}
