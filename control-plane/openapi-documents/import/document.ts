import { Problem, type FieldError } from '#shared/errors.ts'
import { isObject } from '#shared/json-schema/node.ts'
import { functionNamePattern } from '#shared/names.ts'
import type { MockingSettings } from '#shared/policies/mocking/schema.ts'
import type { RequestValidationSettings } from '#shared/policies/request-validation/schema.ts'
import { routeMethods, routePathPattern, type RouteMethod } from '#shared/routes.ts'
import { readMocking } from './mocks.ts'
import { readValidation } from './operation.ts'
import { entriesOf, Reading, Refused } from './reading.ts'

/** An operation of the document, as an endpoint has it. */
export interface ImportedEndpoint {
  name: string
  /** Of the operation. */
  pointer: string
  methods: RouteMethod[]
  path: string
  /** `null`: whatever is sent will do. */
  validation: RequestValidationSettings | null
  mocking: MockingSettings
}

export interface ImportedApi {
  endpoints: ImportedEndpoint[]
  /** Operations that nothing was made of. */
  refused: FieldError[]
  /** What was left out of the others. */
  ignored: FieldError[]
}

const operations = new Set([...routeMethods.map(method => method.toLowerCase()), 'trace'])
const maxOperations = 1_000
/** Schemas that many operations share are repeated for each. */
const maxBytes = 8 * 1024 * 1024
const maxEndpointBytes = 256 * 1024

/** @throws {Problem} `validation_failed` for what is no document of OpenAPI 3.0 or 3.1 */
export function readOpenApi (value: unknown): ImportedApi {
  if (!isObject(value) || !/^3\.[01]\.\d+$/.test(String(value.openapi))) throw invalid('/openapi', 'must be 3.0.x or 3.1.x')
  if (value.paths !== undefined && !isObject(value.paths)) throw invalid('/paths', 'must be an object')
  const reading = new Reading(value)
  noteWhole(reading)
  const found: ImportedApi = { endpoints: [], refused: [], ignored: reading.ignored }
  const names = new Set<string>()
  const routes = new Set<string>()
  let bytes = 0
  for (const path of entriesOf(value.paths, '/paths').filter(({ name }) => !name.startsWith('x-'))) {
    for (const { method, pointer, read } of operationsOf(reading, path, found.refused)) {
      if (found.endpoints.length === maxOperations) throw invalid(pointer, `must be left out: a document has at most ${maxOperations} operations`)
      try {
        const endpoint = read(names)
        const shape = `${method} ${endpoint.path.replaceAll(/:[^/]+/g, ':')}`
        if (routes.has(shape)) throw new Refused(pointer, `is another operation for ${method} ${endpoint.path}`)
        const size = Buffer.byteLength(JSON.stringify(endpoint))
        if (size > maxEndpointBytes) throw new Refused(pointer, `needs schemas of more than ${maxEndpointBytes} bytes`)
        bytes += size
        if (bytes > maxBytes) throw invalid(pointer, `must be imported apart: the operations up to here have schemas of more than ${maxBytes} bytes`)
        routes.add(shape)
        names.add(endpoint.name)
        found.endpoints.push(endpoint)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        found.refused.push(error.fault)
      }
    }
  }
  return found
}

interface Operation { method: RouteMethod, pointer: string, read: (taken: ReadonlySet<string>) => ImportedEndpoint }

function operationsOf (reading: Reading, path: { name: string, value: unknown, pointer: string }, refused: FieldError[]): Operation[] {
  try {
    const item = reading.follow(path.value, path.pointer)
    const template = readTemplate(path.name, path.pointer)
    return entriesOf(item.value, item.pointer).filter(({ name }) => operations.has(name)).flatMap(({ name, value, pointer }): Operation[] => {
      const method = routeMethods.find(known => known === name.toUpperCase())
      if (method === undefined || !isObject(value)) {
        refused.push({ pointer, detail: isObject(value) ? 'is a method that no endpoint answers' : 'must be an operation' })
        return []
      }
      const part = { operation: value, pointer, pathNames: template.names, shared: { value: item.value.parameters, pointer: `${item.pointer}/parameters` } }
      const read: Operation['read'] = taken => ({
        name: nameOf(value.operationId, method, path.name, taken), pointer, methods: [method], path: template.path,
        validation: readValidation(reading, part, method), mocking: readMocking(reading, value, pointer)
      })
      for (const member of ['callbacks', 'servers'] as const) if (value[member] !== undefined) reading.ignore(`${pointer}/${member}`, 'is not taken over')
      return [{ method, pointer, read }]
    })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    refused.push(error.fault)
    return []
  }
}

const routePath = new RegExp(routePathPattern)

/** `/pets/{petId}` is `/pets/:petId` here, where a parameter is a whole segment. @throws {Refused} */
function readTemplate (template: string, pointer: string): { path: string, names: Map<string, string> } {
  const names = new Map<string, string>()
  const segments = template.split('/').map(segment => {
    const name = /^\{([^{}/]+)\}$/.exec(segment)?.[1]
    if (name === undefined) return segment
    const plain = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_')
    if (names.has(name) || [...names.values()].includes(plain)) throw new Refused(pointer, `has two parameters called ${plain}`)
    names.set(name, plain)
    return `:${plain}`
  })
  const path = segments.join('/')
  if (path.includes('{')) throw new Refused(pointer, 'has a parameter that is not a whole segment')
  if (!routePath.test(path) || path.length > 512) throw new Refused(pointer, 'is no path that an endpoint could have')
  return { path, names }
}

const functionName = new RegExp(functionNamePattern)

function nameOf (operationId: unknown, method: string, path: string, taken: ReadonlySet<string>): string {
  const asked = typeof operationId === 'string' && operationId !== '' ? operationId : `${method.toLowerCase()}${path.replaceAll(/[{}]/g, '')}`
  const plain = asked.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[^A-Za-z]+|-+$/g, '').slice(0, 60)
  const name = functionName.test(plain) ? plain : 'operation'
  for (let count = 1; ; count++) {
    const next = count === 1 ? name : `${name}-${count}`
    if (!taken.has(next)) return next
  }
}

/** What holds for all of it. */
function noteWhole (reading: Reading): void {
  const { root } = reading
  if (root.servers !== undefined) reading.ignore('/servers', 'is not taken over: hosts are those of the environments, and paths begin behind them')
  if (root.security !== undefined || (isObject(root.components) && root.components.securitySchemes !== undefined)) {
    reading.ignore(root.security === undefined ? '/components/securitySchemes' : '/security', 'is not taken over: who is let in, each environment says')
  }
  if (root.webhooks !== undefined) reading.ignore('/webhooks', 'is not taken over')
}

function invalid (pointer: string, detail: string): Problem {
  return new Problem('validation_failed', undefined, { errors: [{ pointer, detail }] })
}
