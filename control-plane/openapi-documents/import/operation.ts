import { isObject, type JsonObject } from '#shared/json-schema/node.ts'
import type { OperationParameter, RequestValidationSettings } from '#shared/policies/request-validation/schema.ts'
import { entriesOf, type Reading } from './reading.ts'
import { SchemaSet } from './schemas.ts'

export interface OperationPart {
  operation: JsonObject
  pointer: string
  /** Parameters of the path, by what they are called in the template and in the route. */
  pathNames: ReadonlyMap<string, string>
  /** What holds for all operations of this path. */
  shared: { value: unknown, pointer: string }
}

const places = ['path', 'query', 'header', 'cookie']
const styles = ['simple', 'form', 'spaceDelimited', 'pipeDelimited', 'deepObject']
const notParameters = ['accept', 'content-type', 'authorization']

/** What a request of the operation has to be; `null`: anything. @throws {Refused} */
export function readValidation (reading: Reading, part: OperationPart, method: string): RequestValidationSettings | null {
  const schemas = new SchemaSet(reading, { keepsExamples: false })
  const parameters = readParameters(reading, schemas, part)
  const requestBody = readBody(reading, schemas, part, method)
  if (parameters.length === 0 && requestBody === null) return null
  return {
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== null && { requestBody }),
    ...(Object.keys(schemas.definitions).length > 0 && { $defs: schemas.definitions })
  }
}

/** Those of the operation in the place of those of its path (OpenAPI 3.1, section 4.8.10.1). */
function readParameters (reading: Reading, schemas: SchemaSet, { operation, pointer, shared, pathNames }: OperationPart): OperationParameter[] {
  const parameters = new Map<string, OperationParameter>()
  for (const { value, pointer: at } of [shared, { value: operation.parameters, pointer: `${pointer}/parameters` }]) {
    if (!Array.isArray(value)) continue
    for (const [index, item] of value.entries()) {
      const found = reading.follow(item, `${at}/${index}`)
      const { name, in: place } = found.value
      parameters.delete(`${String(place)} ${String(name)}`)
      const parameter = readParameter(reading, schemas, found.value, found.pointer, pathNames)
      if (parameter !== null) parameters.set(`${parameter.in} ${String(name)}`, parameter)
    }
  }
  return [...parameters.values()]
}

function readParameter (reading: Reading, schemas: SchemaSet, parameter: JsonObject, pointer: string, pathNames: OperationPart['pathNames']): OperationParameter | null {
  const { name, in: place, required, style, explode, schema, content } = parameter
  const refuse = (detail: string, member = ''): null => {
    reading.ignore(`${pointer}${member}`, detail)
    return null
  }
  if (typeof name !== 'string' || name === '' || typeof place !== 'string' || !places.includes(place)) return refuse('is no parameter: it needs a name, and a place to stand in')
  if (place === 'header' && notParameters.includes(name.toLowerCase())) return refuse('is no parameter: authentication and content say what it may be')
  if (place === 'path' && !pathNames.has(name)) return refuse('does not stand in the path', '/name')
  if (style !== undefined && !(typeof style === 'string' && styles.includes(style))) return refuse(`is not checked: its style is none of ${styles.join(', ')}`, '/style')
  if (parameter.allowReserved === true) reading.ignore(`${pointer}/allowReserved`, 'says nothing here: values may have any characters that a query may have')
  const [media] = entriesOf(content, `${pointer}/content`)
  if (media !== undefined && !/^application\/(?:json|[^;]+\+json)\b/.test(media.name)) return refuse('is not checked: it is no JSON', '/content')
  const asked = media === undefined ? schema : isObject(media.value) ? media.value.schema : undefined
  return {
    name: place === 'path' ? pathNames.get(name)! : name,
    in: place as OperationParameter['in'],
    ...((required === true || place === 'path') && { required: true }),
    ...(typeof style === 'string' && { style: style as NonNullable<OperationParameter['style']> }),
    ...(typeof explode === 'boolean' && { explode }),
    ...(media !== undefined && { json: true }),
    ...(asked !== undefined && { schema: schemas.convert(asked, media === undefined ? `${pointer}/schema` : `${media.pointer}/schema`) })
  }
}

function readBody (reading: Reading, schemas: SchemaSet, { operation, pointer }: OperationPart, method: string): NonNullable<RequestValidationSettings['requestBody']> | null {
  if (operation.requestBody === undefined) return null
  if (method === 'GET' || method === 'HEAD') {
    reading.ignore(`${pointer}/requestBody`, `is not looked at: what comes behind ${method} is nobody's`)
    return null
  }
  const { value, pointer: at } = reading.follow(operation.requestBody, `${pointer}/requestBody`)
  const media = entriesOf(value.content, `${at}/content`)
  if (media.length === 0) return null
  return {
    ...(value.required === true && { required: true }),
    content: Object.fromEntries(media.map(entry => {
      const name = entry.name.split(';', 1)[0]!.trim().toLowerCase()
      const found = reading.follow(entry.value, entry.pointer)
      if (found.value.encoding !== undefined) reading.ignore(`${found.pointer}/encoding`, 'is not looked at')
      const { schema } = found.value
      if (schema === undefined) return [name, {}]
      if (isChecked(name)) return [name, { schema: schemas.convert(schema, `${found.pointer}/schema`) }]
      reading.ignore(`${found.pointer}/schema`, 'is not checked: schemas are for JSON, forms and texts')
      return [name, {}]
    }))
  }
}

function isChecked (name: string): boolean {
  return /^application\/(?:json|[^;]+\+json|x-www-form-urlencoded)$|^text\//.test(name)
}

