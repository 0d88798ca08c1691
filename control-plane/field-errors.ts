import type { ErrorObject } from 'ajv'
import { Problem, type FieldError } from '#shared/errors.ts'

/** What Ajv finds, as a caller can use it: one error a field, and of a union the alternative that was meant. */
const maxErrors = 20

export function toFieldErrors (found: ErrorObject[], prefix: string): FieldError[] {
  const errors = withoutBranches(found).map(error => ({ pointer: prefix + pointerOf(error), detail: detailOf(error) }))
  const distinct = new Map(errors.map(error => [`${error.pointer} ${error.detail}`, error]))
  return [...distinct.values()].slice(0, maxErrors)
}

/** One field that no schema can judge. @param pointer JSON Pointer into the body, or `/query/…` */
export function invalidField (pointer: string, detail: string): Problem {
  return new Problem('validation_failed', undefined, { errors: [{ pointer, detail }] })
}

/** RFC 6901, section 3. */
export function escapePointer (token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

function pointerOf ({ keyword, instancePath, params }: ErrorObject): string {
  if (keyword === 'required') return `${instancePath}/${escapePointer(String(params.missingProperty))}`
  if (keyword === 'additionalProperties') return `${instancePath}/${escapePointer(String(params.additionalProperty))}`
  return instancePath
}

function detailOf ({ keyword, params, parentSchema, schema, message, data }: ErrorObject): string {
  switch (keyword) {
    case 'required': return 'is required'
    case 'additionalProperties': return 'is not a known field'
    case 'type': return `must be ${nameOf({ type: schema })}${data === undefined ? ', and is missing' : ''}`
    case 'const': return `must be ${JSON.stringify(schema)}`
    case 'enum': return `must be one of ${(schema as unknown[]).map(value => JSON.stringify(value)).join(', ')}`
    case 'anyOf': return `must be ${(schema as SchemaLike[]).map(nameOf).join(' or ')}`
    case 'pattern': return described(parentSchema as SchemaLike, `must match ${String(schema)}`)
    case 'format': return 'must be an RFC 3339 date and time, such as 2030-01-31T12:00:00Z'
    case 'minLength': return `must have at least ${counted(params.limit as number, 'character')}`
    case 'maxLength': return `must have at most ${counted(params.limit as number, 'character')}`
    case 'minItems': return `must have at least ${counted(params.limit as number, 'item')}`
    case 'maxItems': return `must have at most ${counted(params.limit as number, 'item')}`
    case 'maxProperties': return `must have at most ${counted(params.limit as number, 'member')}`
    case 'minProperties': return `must have at least ${counted(params.limit as number, 'member')}`
    case 'minimum': return `must be ${params.limit} or more`
    case 'maximum': return `must be ${params.limit} or less`
    case 'uniqueItems': return 'must not have the same item twice'
    default: return message ?? 'is not valid'
  }
}

interface SchemaLike { type?: unknown, const?: unknown, description?: string }

function described ({ description }: SchemaLike, detail: string): string {
  return description === undefined ? detail : `is not valid. ${description}`
}

function nameOf (schema: SchemaLike): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  switch (schema.type) {
    case 'null': return 'null'
    case 'boolean': return 'true or false'
    case 'integer': return 'a whole number'
    case 'array': return 'an array'
    case 'object': return 'an object'
    default: return `a ${String(schema.type)}`
  }
}

function counted (count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/**
 * Ajv reports a union that does not hold together with the errors of every alternative. Where the value has the type of one of them,
 * that alternative's errors say what is wrong; otherwise the union's own error, which names them all, does.
 */
function withoutBranches (errors: ErrorObject[]): ErrorObject[] {
  let rest = errors
  for (const union of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const branches = `${union.schemaPath}/`
    const isBranch = (error: ErrorObject): boolean => error.schemaPath.startsWith(branches) && error.instancePath.startsWith(union.instancePath)
    const inside = rest.filter(isBranch)
    const branchOf = (error: ErrorObject): string => error.schemaPath.slice(branches.length).split('/')[0]!
    const mistaken = new Set(inside
      .filter(({ keyword, instancePath }) => instancePath === union.instancePath && (keyword === 'type' || keyword === 'const'))
      .map(branchOf))
    const meant = inside.filter(error => !mistaken.has(branchOf(error)))
    rest = rest.filter(error => meant.length > 0 ? error !== union && (!isBranch(error) || meant.includes(error)) : !isBranch(error))
  }
  return rest
}
