import { Problem, type FieldError } from '#shared/errors.ts'
import { escapePointer } from '../field-errors.ts'
import { refuseUnusable } from '../json-body.ts'
import { compileCheck } from '../validation.ts'
import type { GatewayDocument } from './schema.ts'
import { readText, type Format } from './text.ts'

/** What a document is held against. It is handed in: the thread that reads would need most of its time to load what schemas are made with. */
export interface Rules {
  schema: object
  /** Of all functions' files together. */
  maxFileBytes: number
  /** Of all environments together. */
  maxClients: number
  /** Of a variable, in UTF-8. */
  maxValueBytes: number
}

/** @throws {Problem} `malformed_request`, `validation_failed` */
export function readDocument (format: Format, body: Buffer, rules: Rules): GatewayDocument {
  return readText(format, body, value => check(value, rules))
}

function check (value: unknown, rules: Rules): GatewayDocument {
  refuseUnusable(value)
  const document = compileCheck(rules.schema)(value) as GatewayDocument
  const errors = [...nameErrors(document), ...valueErrors(document, rules), ...countErrors(document, rules), ...sizeErrors(document, rules)]
  if (errors.length > 0) throw new Problem('validation_failed', undefined, { errors })
  return document
}

/** What a list says twice. */
function nameErrors ({ environments = [] }: GatewayDocument): FieldError[] {
  const twice = (pointer: string, names: string[]): FieldError[] => {
    const places = new Map(names.map((name, index) => [name, index]))
    return names.flatMap((name, index) => places.get(name) === index ? [] : [{ pointer: `${pointer}/${places.get(name)!}/name`, detail: 'stands there twice' }])
  }
  return [
    ...twice('/environments', environments.map(({ name }) => name)),
    ...environments.flatMap(({ clients = [] }, index) => twice(`/environments/${index}/clients`, clients.map(({ name }) => name))),
    ...environments.flatMap(({ variables = {}, secrets = [] }, index) => secrets.flatMap((name, at) =>
      Object.hasOwn(variables, name) ? [{ pointer: `/environments/${index}/secrets/${at}`, detail: 'is among the variables, too' }] : []))
  ]
}

/** The schema counts characters. */
function valueErrors ({ environments = [] }: GatewayDocument, { maxValueBytes }: Rules): FieldError[] {
  return environments.flatMap(({ variables = {} }, index) => Object.entries(variables).flatMap(([name, value]) =>
    Buffer.byteLength(value) > maxValueBytes ? [{ pointer: `/environments/${index}/variables/${name}`, detail: `must have at most ${maxValueBytes} bytes in UTF-8` }] : []))
}

function countErrors ({ environments = [] }: GatewayDocument, { maxClients }: Rules): FieldError[] {
  const count = environments.reduce((sum, { clients = [] }) => sum + clients.length, 0)
  return count > maxClients ? [{ pointer: '/environments', detail: `must have at most ${maxClients} clients in all` }] : []
}

/** Aliases repeat what is written once, and all of it is stored. */
function sizeErrors ({ functions = {} }: GatewayDocument, { maxFileBytes }: Rules): FieldError[] {
  const sizes = new Map<object, number>()
  let bytes = 0
  for (const [name, draft] of Object.entries(functions)) {
    const files = draft.files ?? {}
    const size = sizes.get(files) ?? Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    sizes.set(files, size)
    bytes += size + Buffer.byteLength(draft.source ?? '')
    if (bytes > maxFileBytes) return [{ pointer: `/functions/${escapePointer(name)}`, detail: `the files of all functions up to here have more than ${maxFileBytes} bytes in UTF-8` }]
  }
  return []
}
