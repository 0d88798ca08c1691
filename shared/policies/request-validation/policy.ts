import type { FieldError } from '../../errors.ts'
import { compileSchema, type SchemaOptions } from '../../json-schema/compile.ts'
import { fromOpenApi30 } from '../../json-schema/openapi-3.0.ts'
import { escapePointer } from '../../json-schema/run.ts'
import type { BodyStep, PolicyDecision, PolicyModule, PolicyRequest } from '../policy.ts'
import { compileBody, type CompiledBody } from './body.ts'
import { compileParameters, type CompiledParameters } from './parameters.ts'
import type { OperationSettings, RequestValidationSettings } from './schema.ts'
import { createShapes, type Shapes } from './shape.ts'

const defaultMaxBytes = 1024 * 1024
/** As JSON. */
const maxSettingsBytes = 512 * 1024

export const requestValidation: PolicyModule<RequestValidationSettings> = {
  // After what costs less, and before what answers in the place of functions: mocks answer what is asked rightly.
  priority: 200,
  check: (settings, pointer) => {
    const bytes = Buffer.byteLength(JSON.stringify(settings))
    if (bytes > maxSettingsBytes) return [{ pointer, detail: `must have at most ${maxSettingsBytes} bytes as JSON` }]
    const { operations, options } = read(settings, pointer)
    const faults = [
      ...compileSchema({ $defs: options.definitions }, { ...options, pointer }).faults,
      ...operations.flatMap(({ operation, at }) => compileOperation(operation, at, options).faults)
    ]
    return [...new Map(faults.map(fault => [`${fault.pointer} ${fault.detail}`, fault])).values()].slice(0, 20)
  },
  compile: settings => {
    const { operations, options } = read(settings, '')
    const byName = new Map(operations.map(({ name, operation }) => [name, compileLazily(operation, options)]))
    const fallback = byName.get(null) ?? null
    const find = (request: PolicyRequest): Operation | null => (byName.get(request.route!.name) ?? fallback)?.() ?? null
    const body: BodyStep = {
      maxBytes: settings.maxBytes ?? defaultMaxBytes,
      wants: request => find(request)?.body?.wants(request) ?? false,
      check: (bytes, request) => refusal(find(request)!.body!.check(bytes, request))
    }
    return {
      meet: request => {
        const operation = find(request)
        if (operation === null) return null
        return refusal(operation.parameters.check(request)) ?? operation.body?.meet(request) ?? null
      },
      ...(operations.some(({ operation }) => operation.requestBody !== undefined) && { body })
    }
  }
}

type Options = SchemaOptions & { definitions: Readonly<Record<string, unknown>>, shapes: Shapes }

interface Operation { parameters: CompiledParameters, body: CompiledBody | null, faults: FieldError[] }

function read (settings: RequestValidationSettings, pointer: string): { operations: Array<{ name: string | null, operation: OperationSettings, at: string }>, options: Options } {
  const { routes = {}, $defs = {}, dialect, maxBytes: _maxBytes, ...own } = settings
  const adapt = dialect === 'openapi-3.0' ? fromOpenApi30 : (value: unknown) => value
  const definitions = Object.fromEntries(Object.entries($defs).map(([name, schema]) => [name, adapt(schema)]))
  const options: Options = { definitions, definitionsPointer: `${pointer}/$defs`, forRequests: true, shapes: createShapes(definitions) }
  const operations = Object.entries(routes).map(([name, operation]) => ({ name, operation: adapted(operation, adapt), at: `${pointer}/routes/${escapePointer(name)}` }))
  return { options, operations: Object.keys(own).length === 0 ? operations : [...operations, { name: null, operation: adapted(own, adapt), at: pointer }] }
}

function adapted (operation: OperationSettings, adapt: (schema: unknown) => unknown): OperationSettings {
  const { parameters, requestBody } = operation
  return {
    ...operation,
    ...(parameters && { parameters: parameters.map(parameter => parameter.schema === undefined ? parameter : { ...parameter, schema: adapt(parameter.schema) }) }),
    ...(requestBody && {
      requestBody: { ...requestBody, content: Object.fromEntries(Object.entries(requestBody.content).map(([name, { schema }]) => [name, schema === undefined ? {} : { schema: adapt(schema) }])) }
    })
  }
}

/** Most routes of an environment are not asked for in each worker. */
function compileLazily (operation: OperationSettings, options: Options): () => Operation {
  let compiled: Operation | null = null
  return () => compiled ??= compileOperation(operation, '', options)
}

function compileOperation ({ parameters = [], unknownQuery, requestBody }: OperationSettings, at: string, options: Options): Operation {
  const compiled = compileParameters(parameters, unknownQuery === 'refuse', `${at}/parameters`, options)
  const body = requestBody === undefined ? null : compileBody(requestBody, `${at}/requestBody`, options)
  return { parameters: compiled, body, faults: [...compiled.faults, ...body?.faults ?? []] }
}

function refusal (errors: FieldError[]): PolicyDecision | null {
  return errors.length === 0 ? null : { kind: 'refusal', code: 'request_invalid', errors }
}
