import { isDeepStrictEqual } from 'node:util'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import packageJson from '../package.json' with { type: 'json' }

const description = `The admin API of imprun: gateways, their environments, client apps, functions and releases.

Errors are \`application/problem+json\` (RFC 9457). Single resources carry an \`ETag\`; send it as \`If-Match\` and nothing is overwritten
that you have not seen. \`PATCH\` takes a JSON Merge Patch (RFC 7396). Every write answers the revision of the store in
\`x-imprun-revision\`.`

/** The OpenAPI 3.1 document, made from the schemas that validate and serialize: `/openapi.json`. Registered before the routes. */
export async function describeApi (app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'imprun admin API', version: packageJson.version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/' }],
      security: [{ adminToken: [] }],
      tags: ['Gateways', 'Environments', 'Clients', 'Variables', 'Functions', 'Releases', 'Operation'].map(name => ({ name })),
      components: { securitySchemes: { adminToken: { type: 'http', scheme: 'bearer', description: 'The administrator\'s token.' } } }
    },
    convertConstToEnum: false,
    transformObject: document => 'openapiObject' in document ? nameSchemas(document.openapiObject) : document.swaggerObject
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
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
