import type { ReleaseRoute } from '#shared/feed.ts'
import { escapePointer } from '#shared/json-schema/run.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import type { MockAnswer } from '#shared/policies/mocking/schema.ts'
import type { OperationSettings, RequestValidationSettings } from '#shared/policies/request-validation/schema.ts'
import type { Components } from './components.ts'
import { securityOf } from './security.ts'

/** A path as OpenAPI writes it, and what its parameters are called there. */
export interface Template {
  path: string
  /** Of the document, by those of the route. */
  names: ReadonlyMap<string, string>
}

export interface OperationSource {
  route: ReleaseRoute
  method: string
  template: Template
  /** All that hold for the endpoint. */
  plugins: Plugins
  components: Components
}

const problem = { $ref: '#/components/responses/Problem' }
const maxBodySchema = 'application/json'

export function describeOperation (source: OperationSource): object {
  const { route, method, plugins } = source
  const validation = plugins['request-validation']
  const asked: OperationSettings = validation?.routes?.[route.functionName] ?? validation ?? {}
  const pointer = `/paths/${escapePointer(source.template.path)}/${method.toLowerCase()}`
  const convert = source.components.add(route.functionName, validation?.$defs ?? {}, validation?.dialect)
  const parameters = describeParameters(source, asked, pointer, convert)
  const { requestBody } = asked
  return {
    operationId: route.methods.length === 1 ? route.functionName : `${route.functionName}.${method.toLowerCase()}`,
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && {
      requestBody: {
        ...requestBody,
        content: Object.fromEntries(Object.entries(requestBody.content).map(([type, { schema }]) =>
          [type, schema === undefined ? {} : { schema: convert(schema, `${pointer}/requestBody/content/${escapePointer(type)}/schema`) }]))
      }
    }),
    responses: describeResponses(source, validation, pointer),
    security: securityOf(plugins)
  }
}

type Convert = (schema: unknown, pointer: string) => unknown

/** Those that nothing is said of are texts. */
function describeParameters ({ template, route }: OperationSource, { parameters = [] }: OperationSettings, pointer: string, convert: Convert): object[] {
  const known = parameters.map(({ name, in: place, json, schema, ...rest }, index) => {
    const at = `${pointer}/parameters/${index}`
    const isPath = place === 'path'
    const described = { name: isPath ? template.names.get(name) ?? name : name, in: place, ...rest }
    const type = json === true ? { content: { [maxBodySchema]: { schema: convert(schema ?? true, `${at}/content/${escapePointer(maxBodySchema)}/schema`) } } } : { schema: schema === undefined ? {} : convert(schema, `${at}/schema`) }
    return { isUsable: !isPath || template.names.has(name), described: { ...described, ...type } }
  })
  const named = new Set(parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name))
  const others = [...template.names].filter(([name]) => !named.has(name)).map(([name, shown]) => ({
    name: shown, in: 'path', required: true, schema: { type: 'string' },
    ...(name === '*' && { description: `All that follows, with its slashes: the endpoint answers ${route.path}.` })
  }))
  return [...known.filter(({ isUsable }) => isUsable).map(({ described }) => described), ...others]
}

function describeResponses ({ route, plugins, components }: OperationSource, validation: RequestValidationSettings | undefined, pointer: string): object {
  const { mocking } = plugins
  const mock = mocking?.routes?.[route.functionName] ?? mocking
  const convert = components.add(route.functionName, mocking?.$defs ?? {}, undefined)
  const known = mock === undefined ? [] : [[String(mock.status ?? 200), mock] as const, ...Object.entries(mock.others ?? {})]
  const shown = Object.fromEntries(known.map(([status, answer]) => [status, describeAnswer(answer, `${pointer}/responses/${status}`, convert)]))
  const isAuthenticated = securityOf(plugins).length > 0
  return {
    ...(known.length === 0 && { '2XX': { description: 'What the endpoint answers.' } }),
    ...(validation !== undefined && { 400: problem, 415: problem }),
    ...(isAuthenticated && { 401: problem }),
    ...(plugins['request-size'] !== undefined && { 413: problem }),
    ...(plugins['limit-count'] !== undefined && { 429: { $ref: '#/components/responses/TooManyRequests' } }),
    default: problem,
    ...shown
  }
}

function describeAnswer ({ headers = {}, body, examples, schema }: Pick<MockAnswer, 'headers' | 'body' | 'examples' | 'schema'>, pointer: string, convert: Convert): object {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const isText = typeof body === 'string' || Object.values(examples ?? {}).some(example => typeof example === 'string')
  const type = (given.get('content-type') ?? (isText ? 'text/plain' : 'application/json')).split(';', 1)[0]!.trim()
  const hasBody = body !== undefined || examples !== undefined || schema !== undefined
  const content = {
    ...(schema !== undefined && { schema: convert(schema, `${pointer}/content/${escapePointer(type)}/schema`) }),
    ...(examples === undefined ? body !== undefined && { example: body } : { examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])) })
  }
  return { description: 'An answer that is mocked.', ...(hasBody && { content: { [type]: content } }) }
}
