import type { ReleaseRoute } from '#shared/feed.ts'
import { problems } from '#shared/errors.ts'
import { environmentDomain, gatewayDomain } from '#shared/host.ts'
import { effectivePlugins } from '#shared/plugins/rules.ts'
import type { ApiGateway, Environment } from '../../store/documents.ts'
import { Components } from './components.ts'
import { describeOperation, type Template } from './operation.ts'
import { securityOf, securitySchemes } from './security.ts'

export interface Served {
  gateway: ApiGateway
  environment: Environment
  /** Of its release. */
  routes: readonly ReleaseRoute[]
}

/** What an environment serves, as a document of OpenAPI 3.1. */
export function describeServed ({ gateway, environment, routes }: Served, baseDomain: string): object {
  const plugins = effectivePlugins(gateway.config.plugins, environment.config.plugins)
  const components = new Components()
  const paths: Record<string, Record<string, object>> = {}
  const shapes = new Map<string, Template>()
  const schemes: Record<string, object> = {}
  for (const route of routes) {
    const own = effectivePlugins(plugins, route.plugins ?? {})
    const template = templateOf(route.path, shapes)
    const item = paths[template.path] ??= {}
    for (const method of route.methods) item[method.toLowerCase()] = describeOperation({ route, method, template, plugins: own, components })
    const used = new Set(securityOf(own).flatMap(requirement => Object.keys(requirement)))
    for (const [name, scheme] of Object.entries(securitySchemes(own))) if (used.has(name)) schemes[name] = scheme
  }
  return {
    openapi: '3.1.0',
    info: { title: gateway.name, ...(gateway.description !== '' && { description: gateway.description }), version: environment.release === null ? '0' : String(environment.release) },
    servers: serversOf(gateway, environment, baseDomain),
    security: securityOf(plugins).filter(requirement => Object.keys(requirement).every(name => Object.hasOwn(schemes, name))),
    paths,
    components: {
      schemas: { ...components.schemas, Problem: problemSchema },
      responses: { Problem: problemResponse('What is wrong, by its code.'), TooManyRequests: { ...problemResponse('A limit is exceeded.'), headers: { 'Retry-After': { schema: { type: 'integer' } } } } },
      ...(Object.keys(schemes).length > 0 && { securitySchemes: schemes })
    }
  }
}

/** Machines know hosts below `localhost` as their own, and nobody has a certificate for them. */
function serversOf ({ id, defaultEnvironment }: ApiGateway, { name }: Environment, baseDomain: string): object[] {
  const scheme = baseDomain === 'localhost' ? 'http' : 'https'
  const own = environmentDomain(id, name, baseDomain)
  return (defaultEnvironment === name ? [gatewayDomain(id, baseDomain), own] : [own]).map(host => ({ url: `${scheme}://${host}` }))
}

/** `/books/:id` is `/books/{id}`. Paths that differ in names alone are one in OpenAPI (section 4.8.8.2): the names of the first are those of all. */
function templateOf (path: string, shapes: Map<string, Template>): Template {
  const segments = path.split('/')
  const shape = segments.map(segment => segment.startsWith(':') ? ':' : segment).join('/')
  const first = shapes.get(shape)
  const parameters = segments.filter(segment => segment.startsWith(':') || segment === '*')
  const shown = first === undefined ? parameters.map(name => name === '*' ? 'wildcard' : name.slice(1)) : [...first.names.values()]
  const names = new Map(parameters.map((name, index) => [name === '*' ? '*' : name.slice(1), shown[index]!]))
  const template = { path: first?.path ?? segments.map(segment => segment === '*' ? '{wildcard}' : segment.startsWith(':') ? `{${segment.slice(1)}}` : segment).join('/'), names }
  if (first === undefined) shapes.set(shape, template)
  return template
}

/** RFC 9457, section 3, with the members that are imprun's. */
const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri' }, title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' },
    code: { type: 'string', description: `One of those of the gateway, such as ${Object.keys(problems).filter(code => code.startsWith('api_key')).join(', ')}.` },
    requestId: { type: 'string' },
    errors: { type: 'array', items: { type: 'object', required: ['pointer', 'detail'], properties: { pointer: { type: 'string' }, detail: { type: 'string' } } } }
  }
}

function problemResponse (description: string): object {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
}
