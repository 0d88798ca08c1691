import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { Problem } from '#shared/errors.ts'
import { compiledOnce, quickToCompile } from './compiled-schemas.ts'
import { toFieldErrors } from './field-errors.ts'

/**
 * Validation of everything that comes in. Nothing is removed, added or converted, except that queries and paths, which are text,
 * become the numbers and booleans that their schemas ask for: a document is stored as it was sent, and defaults are seen in the answer.
 * All errors are gathered: bodies are bounded, and the caller is known.
 */
const options = { allErrors: true, useDefaults: false, removeAdditional: false, verbose: true, ...quickToCompile } as const
const formats = { 'date-time': isTimestamp }
const asSent = compilerOf(new Ajv({ ...options, coerceTypes: false, formats }))
const fromText = compilerOf(new Ajv({ ...options, coerceTypes: true, formats }))

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validatorOf = httpPart === 'body' ? asSent : fromText
  const pointer = pointers[httpPart ?? 'body'] ?? ''
  return data => {
    const validate = validatorOf(schema)
    return validate(data) ? { value: data } : { error: validationProblem(validate, pointer) }
  }
}

/** Where the parts of a request stand in the pointers of its errors. */
const pointers: Record<string, string> = { body: '', querystring: '/query', params: '/params', headers: '/headers' }

/** A check of a whole document that did not arrive as one: a resource with a patch applied. */
export function compileCheck<Schema extends TSchema> (schema: Schema): (value: unknown) => Static<Schema> {
  return value => {
    const validate = asSent(schema)
    if (!validate(value)) throw validationProblem(validate, '')
    return value as Static<Schema>
  }
}

function compilerOf (ajv: Ajv): (schema: object) => ValidateFunction {
  return compiledOnce(schema => ajv.compile(schema))
}

function validationProblem (validate: ValidateFunction, prefix: string): Problem {
  const errors = toFieldErrors(validate.errors as ErrorObject[], prefix)
  return new Problem('validation_failed', undefined, { errors })
}

/** RFC 3339, section 5.6, of a moment that exists: no 30 February, no leap second. */
function isTimestamp (text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/.exec(text)
  if (match === null) return false
  const [, year, month, day] = match
  // Date.parse lets 30 February be 2 March.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (date.getUTCMonth() !== Number(month) - 1) return false
  const moment = Date.parse(text.toUpperCase())
  return moment >= 0 && moment < Date.UTC(10_000, 0)
}
