import type { FieldError } from '../../errors.ts'
import { compileSchema, type CompiledSchema, type SchemaOptions } from '../../json-schema/compile.ts'
import { escapePointer } from '../../json-schema/run.ts'
import type { PolicyRequest } from '../policy.ts'
import { parseJsonText } from './json.ts'
import { Fields, readCookies, readQuery } from './fields.ts'
import type { OperationParameter } from './schema.ts'
import { valueOf, type Shape, type Shapes } from './shape.ts'

export interface CompiledParameters {
  readonly faults: FieldError[]
  /** @returns what is wrong with them */
  readonly check: (request: PolicyRequest) => FieldError[]
}

interface CompiledParameter {
  parameter: OperationParameter
  prefix: string
  schema: CompiledSchema
  read: (fields: Fields) => unknown
}

const places = { path: '/params', query: '/query', header: '/headers', cookie: '/cookies' } as const
const styles = { path: ['simple'], header: ['simple'], cookie: ['form'], query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'] } as const
const separators: Readonly<Record<string, string>> = { simple: ',', form: ',', spaceDelimited: ' ', pipeDelimited: '|' }
/** OpenAPI 3.1, section 4.8.12.2.1: what they say is said elsewhere. */
const notParameters = ['accept', 'content-type', 'authorization']

/** @param at where they stand in the settings */
export function compileParameters (parameters: readonly OperationParameter[], refusesUnknown: boolean, at: string, { shapes, ...options }: SchemaOptions & { shapes: Shapes }): CompiledParameters {
  const faults: FieldError[] = []
  const seen = new Set<string>()
  const compiled = parameters.map((asked, index): CompiledParameter => {
    const pointer = `${at}/${index}`
    const parameter = { ...asked, name: asked.in === 'header' ? asked.name.toLowerCase() : asked.name }
    const schema = compileSchema(parameter.schema ?? true, { ...options, pointer: `${pointer}/schema` })
    faults.push(...schema.faults, ...faultsOf(parameter, pointer, seen))
    return { parameter, prefix: `${places[parameter.in]}/${escapePointer(parameter.name)}`, schema, read: fields => readParameter(parameter, shapes, fields) }
  })
  const known = knownNames(parameters, shapes)
  return { faults, check: request => checkAll(compiled, refusesUnknown ? known : null, request) }
}

function faultsOf ({ name, in: place, style = defaultStyle(place), explode, required = false }: OperationParameter, at: string, seen: Set<string>): FieldError[] {
  const faults: FieldError[] = []
  if (seen.has(`${place} ${name}`)) faults.push({ pointer: `${at}/name`, detail: 'stands there twice' })
  seen.add(`${place} ${name}`)
  if (!(styles[place] as readonly string[]).includes(style)) faults.push({ pointer: `${at}/style`, detail: `must be one of ${styles[place].join(', ')} in a ${place}` })
  if (place === 'path' && !required) faults.push({ pointer: `${at}/required`, detail: 'must be true: there is no path without it' })
  if (place === 'header' && notParameters.includes(name)) faults.push({ pointer: `${at}/name`, detail: 'is no parameter: authentication and content say what it may be' })
  if (explode === true && (style === 'spaceDelimited' || style === 'pipeDelimited')) faults.push({ pointer: `${at}/explode`, detail: 'must be false with this style' })
  return faults
}

function defaultStyle (place: OperationParameter['in']): 'form' | 'simple' {
  return place === 'query' || place === 'cookie' ? 'form' : 'simple'
}

function checkAll (compiled: readonly CompiledParameter[], known: KnownNames | null, request: PolicyRequest): FieldError[] {
  const errors: FieldError[] = []
  const query = readQuery(request.query)
  if (query === null) return [{ pointer: '/query', detail: 'has a percent-encoding that cannot be decoded, or too many parameters' }]
  let cookies: Fields | null = null
  for (const { parameter, prefix, schema, read } of compiled) {
    const fields = parameter.in === 'query' ? query : parameter.in === 'cookie' ? cookies ??= readCookies(request.headers.cookie) : fieldsOf(parameter, request)
    const value = read(fields)
    if (value === undefined) {
      if (parameter.required === true) errors.push({ pointer: prefix, detail: 'is required' })
    } else if (value === invalid) errors.push({ pointer: prefix, detail: parameter.json === true ? 'must be JSON' : 'must stand there once' })
    else errors.push(...schema.check(value, prefix))
  }
  if (known !== null) for (const name of query.names()) if (!isKnown(name, known)) errors.push({ pointer: `/query/${escapePointer(name)}`, detail: 'is not a known parameter' })
  return errors.slice(0, 20)
}

/** Where exactly one value can stand. */
function fieldsOf ({ in: place, name }: OperationParameter, { route, headers }: PolicyRequest): Fields {
  const values = new Fields()
  const value = place === 'path' ? route!.params[name] : headers[name]
  if (value !== undefined) values.add(name, String(value), String(value))
  return values
}

const invalid = Symbol('invalid')

type Part = (schema: unknown, text: string) => unknown

function readParameter (parameter: OperationParameter, shapes: Shapes, fields: Fields): unknown {
  const { name, in: place, style = defaultStyle(place), explode = style === 'form' || style === 'deepObject', json = false } = parameter
  const shape = shapes(parameter.schema)
  const isArray = shape.types.has('array')
  const isMap = !isArray && shape.types.has('object')
  const given = fields.get(name)
  if (json) return readOne(given, text => parseJsonText(text)?.value ?? invalid)
  const part: Part = (schema, text) => valueOf(text, shapes(schema))
  if (style === 'deepObject') return readDeep(name, shape, fields, part)
  if (isMap && style === 'form' && explode) return readMembers(shape, fields, part)
  if (given.length === 0) return undefined
  if (!isArray && !isMap) return readOne(given, text => valueOf(text, shape))
  if (isArray && style === 'form' && explode) return given.map(({ text }) => part(shape.items, text))
  const parts = given.length === 1 ? given[0]!.split(separators[style]!) : null
  if (parts === null) return invalid
  if (isArray) return parts.map(text => part(shape.items, text))
  return toObject(parts, explode, (member, text) => part(shape.properties.get(member) ?? shape.additional, text))
}

function readOne (given: ReadonlyArray<{ text: string }>, read: (text: string) => unknown): unknown {
  if (given.length === 0) return undefined
  // What counts of several, everyone sees in another way.
  return given.length === 1 ? read(given[0]!.text) : invalid
}

function readDeep (name: string, shape: Shape, fields: Fields, part: Part): unknown {
  const entries = fields.names().filter(field => field.startsWith(`${name}[`) && field.endsWith(']')).map(field => [field.slice(name.length + 1, -1), field] as const)
  if (entries.length === 0) return undefined
  return Object.fromEntries(entries.map(([member, field]) => [member, readMember(shape.properties.get(member) ?? shape.additional, fields, field, part)]))
}

function readMembers (shape: Shape, fields: Fields, part: Part): unknown {
  const names = [...shape.properties.keys()].filter(name => fields.get(name).length > 0)
  if (names.length === 0) return undefined
  return Object.fromEntries(names.map(name => [name, readMember(shape.properties.get(name), fields, name, part)]))
}

function readMember (schema: unknown, fields: Fields, field: string, part: Part): unknown {
  const values = fields.get(field).map(({ text }) => part(schema, text))
  return values.length === 1 ? values[0] : values
}

function toObject (parts: string[], explode: boolean, part: (member: string, text: string) => unknown): unknown {
  const pairs = explode
    ? parts.map(text => [text.slice(0, Math.max(0, text.indexOf('='))), text.slice(text.indexOf('=') + 1)] as const)
    : Array.from({ length: Math.ceil(parts.length / 2) }, (_, index) => [parts[index * 2]!, parts[index * 2 + 1] ?? ''] as const)
  return Object.fromEntries(pairs.map(([member, text]) => [member, part(member, text)]))
}

interface KnownNames { names: ReadonlySet<string>, deep: readonly string[] }

function knownNames (parameters: readonly OperationParameter[], shapes: Shapes): KnownNames {
  const inQuery = parameters.filter(({ in: place }) => place === 'query')
  return {
    names: new Set(inQuery.flatMap(({ name, schema }) => [name, ...shapes(schema).properties.keys()])),
    deep: inQuery.filter(({ style }) => style === 'deepObject').map(({ name }) => `${name}[`)
  }
}

function isKnown (name: string, { names, deep }: KnownNames): boolean {
  return names.has(name) || deep.some(start => name.startsWith(start))
}
