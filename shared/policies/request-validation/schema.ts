import { Type, type Static } from 'typebox'
import { functionNamePattern } from '../../names.ts'

const jsonSchema = Type.Unknown({ description: 'JSON Schema 2020-12. `$ref` leads to `#/$defs/<name>`, or to a place in the same schema.' })
const mediaTypePattern = '^[!#$%&\'*+.^_`|~0-9A-Za-z-]{1,100}/[!#$%&\'*+.^_`|~0-9A-Za-z-]{1,100}$'

const parameter = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  in: Type.Enum(['path', 'query', 'header', 'cookie']),
  required: Type.Optional(Type.Boolean({ default: false })),
  style: Type.Optional(Type.Enum(['simple', 'form', 'spaceDelimited', 'pipeDelimited', 'deepObject'], { description: 'How an array or an object is written. Default: `form` in queries and cookies, `simple` elsewhere.' })),
  explode: Type.Optional(Type.Boolean({ description: 'Whether each item, or each member, is written by itself. Default: with `form` alone.' })),
  json: Type.Optional(Type.Boolean({ default: false, description: 'The value is a JSON text.' })),
  schema: Type.Optional(jsonSchema)
}, { additionalProperties: false })

const body = Type.Object({
  required: Type.Optional(Type.Boolean({ default: false })),
  content: Type.Record(Type.String({ pattern: mediaTypePattern }), Type.Object({ schema: Type.Optional(jsonSchema) }, { additionalProperties: false }), {
    minProperties: 1, maxProperties: 20,
    description: 'What may be sent, by its media type or a range such as `image/*`. Schemas are for JSON, forms (`application/x-www-form-urlencoded`) and texts.'
  })
}, { additionalProperties: false })

const operationFields = {
  parameters: Type.Optional(Type.Array(parameter, { maxItems: 100, description: 'As in an operation of OpenAPI.' })),
  unknownQuery: Type.Optional(Type.Enum(['allow', 'refuse'], { default: 'allow', description: 'What becomes of parameters in the query that are not named.' })),
  requestBody: Type.Optional(body)
}

const definitions = Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,200}$' }), Type.Unknown(), { maxProperties: 1_000, description: 'Schemas that others refer to as `#/$defs/<name>`.' })

export const requestValidationSchema = Type.Object({
  ...operationFields,
  $defs: Type.Optional(definitions),
  dialect: Type.Optional(Type.Enum(['json-schema', 'openapi-3.0'], { default: 'json-schema', description: '`openapi-3.0`: schemas are those of OpenAPI 3.0, with `nullable`, and `exclusiveMinimum` as a switch.' })),
  maxBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 8 * 1024 * 1024, default: 1024 * 1024, description: 'Of a body that has a schema and goes to an upstream: it is held until it has been checked.' })),
  routes: Type.Optional(Type.Record(Type.String({ pattern: functionNamePattern }), Type.Object(operationFields, { additionalProperties: false }), {
    maxProperties: 500, description: 'By the name of the function, in the place of what is said above.'
  }))
}, {
  additionalProperties: false,
  minProperties: 1,
  title: 'request-validation',
  description: 'Refuses requests that are not what an operation takes, with 400 `request_invalid` and what is wrong with each parameter (`/query/…`, `/params/…`, `/headers/…`, `/cookies/…`) and each member of the body. Also 415 for a media type that it does not name. Of JSON Schema there is no `$dynamicRef`, no `$id` and nothing that would be fetched; regular expressions have no backreferences and no lookaround. Keywords that are not known are refused when they are saved.'
})

export type RequestValidationSettings = Static<typeof requestValidationSchema>
export type OperationParameter = Static<typeof parameter>
export type OperationSettings = Pick<RequestValidationSettings, keyof typeof operationFields>
