import { isDeepStrictEqual } from 'node:util'
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'
import type { ProblemCode } from '#shared/errors.ts'
import packageJson from '../package.json' with { type: 'json' }
import { makesRevision } from './data-planes/receipts.ts'
import { dataPlanesTag } from './data-planes/routes.ts'
import { invocationTag } from './invocations/schema.ts'
import { kvTag } from './kv/schema.ts'
import { everywhere, problemResponses } from './problem-responses.ts'

const description = `The admin API of imprun: gateways, their environments, client apps, functions and releases.

Errors are \`application/problem+json\` (RFC 9457). Single resources carry an \`ETag\`; send it as \`If-Match\` and nothing is overwritten
that you have not seen. \`PATCH\` takes a JSON Merge Patch (RFC 7396). Every write answers the revision of the store in
\`x-imprun-revision\`, but for those to key-value stores and tokens, which make none. With \`?wait=applied\` it is answered once data planes serve it.`

/** The OpenAPI 3.1 document, made from the schemas that validate and serialize: `/openapi.json`. Registered before the routes. */
export async function describeApi (app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'imprun admin API', version: packageJson.version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/' }],
      security: [{ adminToken: [] }],
      tags: ['Gateways', 'Environments', 'Clients', 'Variables', 'Upstreams', kvTag, 'Functions', invocationTag, 'Schedules', 'Releases', 'Usage', 'Logs', 'Requests', dataPlanesTag, 'Operation'].map(name => ({ name })),
      components: { securitySchemes: { adminToken: { type: 'http', scheme: 'bearer', description: 'The administrator\'s token.' } } }
    },
    convertConstToEnum: false,
    transform: ({ schema, url, route }) => ({ schema: withProblems(schema, url, route.config?.problems ?? []), url }),
    transformObject: document => 'openapiObject' in document ? nameSchemas(describeHeaders(renameProperties(document.openapiObject, hiddenExamples, 'examples') as object)) : document.swaggerObject
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

function withProblems (schema: FastifySchema, url: string, codes: readonly ProblemCode[]): FastifySchema {
  const all = url.startsWith('/v1/') ? [...everywhere, ...codes] : codes
  return renameProperties({ ...schema, response: { ...schema.response as object, ...problemResponses(all) } }, 'examples', hiddenExamples) as FastifySchema
}

/** What stands in `additionalProperties` the plugin takes for a schema each, and a property there that is called `examples` for a keyword, which it drops. */
const hiddenExamples = ' examples'

function renameProperties (node: unknown, from: string, to: string): unknown {
  if (Array.isArray(node)) return node.map(each => renameProperties(each, from, to))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([name, value]) => {
    const renamed = renameProperties(value, from, to)
    if (name !== 'properties') return [name, renamed]
    return [name, Object.fromEntries(Object.entries(renamed as object).map(([property, schema]) => [property === from ? to : property, schema]))]
  }))
}

const etag = { description: 'Tag of the resource as it is now.', schema: { type: 'string' } }
const revision = { description: 'Revision of the store that has the change.', schema: { type: 'integer' } }
/** With `?wait=applied`. */
const receipt = {
  'x-imprun-applied': {
    description: 'Whether every connected data plane that the change concerns serves it in all its workers; `false` also where none is connected.',
    schema: { type: 'string', enum: ['true', 'false'] }
  },
  'x-imprun-waiting-for': { description: 'Ids of connected data planes that did not serve it in time.', schema: { type: 'string' } },
  'x-imprun-disconnected': { description: 'Ids of data planes that do not serve it and were not waited for: they are not connected.', schema: { type: 'string' } }
}
const ifMatch = { name: 'if-match', in: 'header', description: 'Only while the resource has this tag; 412 otherwise.', schema: { type: 'string' } }
const ifNoneMatch = { name: 'if-none-match', in: 'header', description: 'Tags of what the reader has; 304 where it still holds.', schema: { type: 'string' } }

/** What all routes do alike with headers stands in no schema of a route. */
function describeHeaders<Document extends object> (document: Document): Document {
  const { paths } = document as { paths: Record<string, Record<string, Operation>> }
  for (const [path, item] of Object.entries(paths)) {
    if (!path.startsWith('/v1/')) continue
    for (const [method, operation] of Object.entries(item)) describeOperation(method, operation)
  }
  return document
}

interface Operation {
  tags?: string[]
  parameters?: Array<{ name: string, in: string }>
  responses: Record<string, { description?: string, headers?: object }>
}

function describeOperation (method: string, operation: Operation): void {
  const parameters = operation.parameters ??= []
  const isList = parameters.some(({ name }) => name === 'cursor')
  // What is run leaves nothing to tag.
  if (isList || operation.tags?.includes(invocationTag)) return
  if (method === 'get') parameters.push(ifNoneMatch)
  else if ('412' in operation.responses) parameters.push(ifMatch)
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!status.startsWith('2')) continue
    response.headers = { ...(status !== '204' && { etag }), ...(makesRevision(method, operation.tags) && { 'x-imprun-revision': revision, ...receipt }) }
  }
  if (method === 'get') operation.responses['304'] = { description: 'The reader has it.', headers: { etag } }
}

/** Schemas with a title become components of that name, each written once. */
function nameSchemas<Document extends object> (document: Document): Document {
  const schemas: Record<string, unknown> = {}
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit)
    if (typeof node !== 'object' || node === null) return node
    const visited = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, visit(value)]))
    const { title } = visited
    if (typeof title !== 'string' || !isSchema(visited)) return visited
    const known = schemas[title] ??= visited
    if (!isDeepStrictEqual(known, visited)) throw new Error(`Two schemas have the title ${title}`)
    return { $ref: `#/components/schemas/${title}` }
  }
  const visited = visit(document) as Document & { components?: object }
  return { ...visited, components: { ...visited.components, schemas } }
}

function isSchema (node: object): boolean {
  return 'type' in node || 'anyOf' in node
}
