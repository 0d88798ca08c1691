import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'

interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security?: unknown[]
  parameters?: Array<{ name: string, in: string, schema: unknown }>
  requestBody?: { content: Record<string, { schema: unknown }> }
  responses: Record<string, { description: string, content?: Record<string, { schema: unknown }> }>
}

interface Document {
  openapi: string
  info: { title: string, version: string }
  tags: Array<{ name: string }>
  security: unknown[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown>, securitySchemes: Record<string, unknown> }
}

async function read (t: Parameters<typeof startControlPlane>[0]): Promise<Document> {
  const { url } = await startControlPlane(t)
  const answer = await fetch(`${url}/openapi.json`)
  t.equal(answer.status, 200)
  return await answer.json() as Document
}

const gateway = '/v1/api-gateways/{gatewayId}'
const environment = `${gateway}/environments/{envName}`
const expected: Record<string, string[]> = {
  '/healthz': ['get'],
  '/readyz': ['get'],
  '/v1/api-gateways': ['get', 'post'],
  [gateway]: ['delete', 'get', 'patch'],
  [`${gateway}/export`]: ['get'],
  [`${gateway}/import`]: ['put'],
  [`${gateway}/environments`]: ['get', 'post'],
  [environment]: ['delete', 'get', 'patch'],
  [`${environment}/clients`]: ['get', 'post'],
  [`${environment}/clients/{clientId}`]: ['delete', 'get', 'patch'],
  [`${environment}/clients/{clientId}/regenerate-key`]: ['post'],
  [`${environment}/variables`]: ['get'],
  [`${environment}/variables/{variableName}`]: ['delete', 'get', 'put'],
  [`${environment}/upstreams`]: ['get'],
  [`${environment}/upstreams/{upstreamName}`]: ['delete', 'get', 'put'],
  [`${environment}/kv`]: ['get'],
  [`${environment}/kv/{key}`]: ['delete', 'get', 'put'],
  [`${environment}/logs`]: ['get'],
  [`${environment}/requests`]: ['get'],
  [`${environment}/debug-tokens`]: ['post'],
  [`${environment}/requests/{requestId}`]: ['get'],
  [`${environment}/releases`]: ['get', 'post'],
  [`${environment}/releases/{number}`]: ['get'],
  [`${environment}/rollback`]: ['post'],
  [`${environment}/canary`]: ['delete', 'get', 'patch'],
  [`${environment}/canary/finish`]: ['post'],
  [`${environment}/previews`]: ['get'],
  [`${environment}/previews/{release}`]: ['delete', 'get', 'patch'],
  [`${environment}/diff/{otherName}`]: ['get'],
  [`${environment}/usage`]: ['get'],
  [`${environment}/quotas`]: ['get'],
  [`${environment}/quotas/reset`]: ['post'],
  [`${environment}/clients/{clientId}/quotas`]: ['get'],
  [`${environment}/clients/{clientId}/quotas/reset`]: ['post'],
  [`${environment}/cache/purge`]: ['post'],
  [`${environment}/openapi`]: ['get'],
  '/v1/api-gateways/{gatewayId}/openapi': ['post'],
  [`${environment}/refusals`]: ['get'],
  [`${environment}/schedules`]: ['get'],
  [`${environment}/schedule-runs`]: ['get'],
  '/v1/data-planes': ['get'],
  '/v1/data-plane-tokens': ['get', 'post'],
  '/v1/data-plane-tokens/{tokenId}': ['delete'],
  [`${gateway}/functions`]: ['get'],
  [`${gateway}/functions/{functionName}`]: ['delete', 'get', 'put'],
  [`${gateway}/functions/{functionName}/versions`]: ['get'],
  [`${gateway}/functions/{functionName}/restore`]: ['post'],
  [`${gateway}/deleted-functions`]: ['get'],
  [`${gateway}/deleted-functions/{functionName}`]: ['get'],
  [`${gateway}/functions/{functionName}/invoke`]: ['post']
}

t.test('every operation is described, once, with its answers', async t => {
  const document = await read(t)
  t.match(document, { openapi: /^3\.1\./, info: { title: 'imprun admin API', version: /^\d/ }, security: [{ adminToken: [] }] })
  t.match(document.components.securitySchemes, { adminToken: { type: 'http', scheme: 'bearer' } })
  t.strictSame(Object.fromEntries(Object.entries(document.paths).map(([path, item]) => [path, Object.keys(item).sort()])), expected)

  const operations = Object.values(document.paths).flatMap(item => Object.values(item))
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  const tags = new Set(document.tags.map(({ name }) => name))
  for (const { operationId, summary, responses, tags: own, parameters = [], requestBody } of operations) {
    t.ok(summary.length > 0 && own.every(tag => tags.has(tag)), `${operationId} has a summary and known tags`)
    t.ok(Object.keys(responses).some(status => status.startsWith('2')), `${operationId} can succeed`)
    for (const [status, { description, content }] of Object.entries(responses)) {
      t.not(description, 'Default Response', `${operationId} ${status}`)
      if (status.startsWith('2') || status === '304') continue
      t.strictSame(content, { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }, `${operationId} ${status}`)
    }
    for (const { name, schema } of parameters) t.type(schema, 'object', `${operationId} ${name}`)
    if (requestBody) t.ok(Object.values(requestBody.content).every(({ schema }) => typeof schema === 'object'), `${operationId} body`)
  }
})

t.test('a path is documented with the parameters that stand in it', async t => {
  const { paths } = await read(t)
  for (const [path, item] of Object.entries(paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).toSorted((a, b) => a.localeCompare(b))
    for (const { operationId, parameters = [] } of Object.values(item)) {
      t.strictSame(parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name).sort(), inPath, operationId)
    }
  }
})

t.test('every reference leads to a schema, and every schema is one of JSON Schema 2020-12', async t => {
  const document = await read(t)
  const references = new Set<string>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [name, value] of Object.entries(node)) {
      if (name === '$ref') references.add(value as string)
      else visit(value)
    }
  }
  visit(document)
  t.ok(references.size > 10)
  for (const reference of references) t.ok(Object.hasOwn(document.components.schemas, reference.replace('#/components/schemas/', '')), reference)

  const { Ajv2020 } = await import('ajv/dist/2020.js')
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'https://imprun.test/openapi.json')
  for (const name of Object.keys(document.components.schemas)) {
    t.doesNotThrow(() => ajv.compile({ $ref: `https://imprun.test/openapi.json#/components/schemas/${name}` }), name)
  }
})

t.test('conditions and revisions are documented where they are', async t => {
  const { paths } = await read(t)
  const gatewayPath = paths[gateway]!
  const headerNames = ({ parameters = [] }: Operation): string[] => parameters.filter(({ in: place }) => place === 'header').map(({ name }) => name)
  t.strictSame(headerNames(gatewayPath.get!), ['if-none-match'])
  t.strictSame(headerNames(gatewayPath.patch!), ['if-match'])
  t.match(gatewayPath.get!.responses, { 200: { headers: { etag: {} } }, 304: {} })
  t.match(gatewayPath.patch!.responses, { 200: { headers: { etag: {}, 'x-imprun-revision': {} } }, 412: {} })
  t.match(gatewayPath.delete!.responses, { 204: { headers: { 'x-imprun-revision': {} } } })
  t.strictSame(headerNames(paths['/v1/api-gateways']!.get!), [])
})

t.test('the keys of a client are documented where they are answered, and nowhere else', async t => {
  const { components } = await read(t)
  const withKey = Object.entries(components.schemas).filter(([, schema]) => JSON.stringify(schema).includes('"apiKey"')).map(([name]) => name)
  t.strictSame(withKey, ['ClientAppWithKey'])
  t.notMatch(JSON.stringify(components.schemas), /keyHash/)
})
