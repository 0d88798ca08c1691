import { isObject, type JsonObject } from './node.ts'

/** Members whose members are schemas, and those that are one or several. */
const maps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])
const schemas = new Set(['items', 'additionalProperties', 'not', 'allOf', 'anyOf', 'oneOf'])

/**
 * A schema of OpenAPI 3.0 as one of JSON Schema 2020-12 that says the same. A `$ref` there stands alone (section 4.7.23.1): what is beside it says
 * nothing. What is no schema stays as it is, and whoever compiles it says so.
 */
export function fromOpenApi30 (schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(fromOpenApi30)
  if (!isObject(schema)) return schema
  if (typeof schema.$ref === 'string') return { $ref: schema.$ref }
  const adapted = Object.fromEntries(Object.entries(schema).map(([name, value]): [string, unknown] => {
    if (schemas.has(name)) return [name, fromOpenApi30(value)]
    return [name, maps.has(name) && isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fromOpenApi30(member)])) : value]
  }))
  return withBounds(withNull(adapted))
}

/** `nullable` widens the `type` that stands beside it, and nothing else: OpenAPI 3.0.3, section 4.7.24.1. */
function withNull ({ nullable, ...schema }: JsonObject): JsonObject {
  return nullable === true && typeof schema.type === 'string' ? { ...schema, type: [schema.type, 'null'] } : schema
}

/** There the exclusive bounds are switches of the others. */
function withBounds (schema: JsonObject): JsonObject {
  const adapted = { ...schema }
  for (const [bound, exclusive] of [['minimum', 'exclusiveMinimum'], ['maximum', 'exclusiveMaximum']] as const) {
    if (typeof schema[exclusive] !== 'boolean') continue
    delete adapted[exclusive]
    if (!schema[exclusive] || schema[bound] === undefined) continue
    adapted[exclusive] = schema[bound]
    delete adapted[bound]
  }
  return adapted
}
