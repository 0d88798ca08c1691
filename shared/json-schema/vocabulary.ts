import type { JsonObject } from './node.ts'

const assertions = [
  'type', 'const', 'enum', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength', 'pattern', 'format',
  'minItems', 'maxItems', 'uniqueItems', 'contains', 'minContains', 'maxContains', 'prefixItems', 'items', 'unevaluatedItems',
  'minProperties', 'maxProperties', 'required', 'dependentRequired', 'properties', 'patternProperties', 'additionalProperties', 'propertyNames',
  'unevaluatedProperties', 'dependentSchemas', '$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'discriminator'
]
/** They say something to people and tools, and nothing of what holds. */
const annotations = [
  '$comment', '$defs', 'definitions', '$anchor', 'title', 'description', 'default', 'examples', 'example', 'deprecated', 'readOnly', 'writeOnly',
  'contentEncoding', 'contentMediaType', 'contentSchema', 'externalDocs', 'xml'
]
const known = new Set([...assertions, ...annotations])
const dialects = ['https://json-schema.org/draft/2020-12/schema', 'https://spec.openapis.org/oas/3.1/dialect/base']

/** Keywords of a schema that would be ignored: somebody counts on them. @param isRoot what says what a schema is stands there alone */
export function unsupported (schema: JsonObject, isRoot: boolean): Array<{ name: string, detail: string }> {
  return Object.keys(schema).flatMap(name => {
    if (known.has(name) || name.startsWith('x-') || (isRoot && name === '$id')) return []
    if (isRoot && name === '$schema') return dialects.includes(String(schema.$schema).replace(/#$/, '')) ? [] : [{ name, detail: `must be one of ${dialects.join(', ')}` }]
    return [{ name, detail: 'is a keyword that is not supported' }]
  })
}
