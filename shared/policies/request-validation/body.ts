import { isUtf8 } from 'node:buffer'
import type { FieldError } from '../../errors.ts'
import { compileSchema, type CompiledSchema, type SchemaOptions } from '../../json-schema/compile.ts'
import { escapePointer } from '../../json-schema/run.ts'
import type { PolicyDecision, PolicyRequest } from '../policy.ts'
import { readQuery } from './fields.ts'
import { parseJsonText } from './json.ts'
import type { OperationSettings } from './schema.ts'
import { valueOf, type Shape, type Shapes } from './shape.ts'

type Settings = NonNullable<OperationSettings['requestBody']>
type Kind = 'json' | 'form' | 'text'

interface Media { kind: Kind | null, schema: CompiledSchema | null, shape: Shape }

export interface CompiledBody {
  readonly faults: FieldError[]
  /** Before it is read. */
  readonly meet: (request: PolicyRequest) => PolicyDecision | null
  readonly wants: (request: PolicyRequest) => boolean
  readonly check: (body: Buffer | null, request: PolicyRequest) => FieldError[]
}

export function compileBody ({ required = false, content }: Settings, at: string, { shapes, ...options }: SchemaOptions & { shapes: Shapes }): CompiledBody {
  const faults: FieldError[] = []
  const media = new Map(Object.entries(content).map(([name, { schema }]) => {
    const pointer = `${at}/content/${escapePointer(name)}/schema`
    const kind = kindOf(name.toLowerCase())
    const compiled = schema === undefined ? null : compileSchema(schema, { ...options, pointer })
    if (compiled !== null) faults.push(...compiled.faults)
    if (compiled !== null && kind === null) faults.push({ pointer, detail: 'can be for JSON, forms and texts alone' })
    return [name.toLowerCase(), { kind, schema: compiled, shape: shapes(schema) }]
  }))
  const find = (request: PolicyRequest): Media | null => findMedia(media, request.headers['content-type'])
  return {
    faults,
    meet: request => {
      if (!hasBody(request)) return required ? { kind: 'refusal', code: 'request_invalid', detail: 'A body is required.', errors: [{ pointer: '', detail: 'is required' }] } : null
      const found = find(request)
      const encoding = request.headers['content-encoding']
      if (found !== null && (found.schema === null || ((encoding === undefined || encoding === 'identity') && isUnicode(request.headers['content-type'])))) return null
      return { kind: 'refusal', code: 'unsupported_media_type', detail: `Send one of ${[...media.keys()].join(', ')}${found === null ? '' : ', in UTF-8 and not compressed'}.`, headers: { connection: 'close' } }
    },
    wants: request => hasBody(request) && find(request)?.schema !== null,
    check: (body, request) => {
      const found = find(request)
      return found === null || found.schema === null ? [] : checkBody(body ?? Buffer.alloc(0), found, found.schema, shapes)
    }
  }
}

/** What stands behind GET and HEAD is nobody's. */
function hasBody ({ method, headers }: PolicyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function kindOf (name: string): Kind | null {
  if (/^application\/(?:json|[^;]+\+json)$/.test(name)) return 'json'
  if (name === 'application/x-www-form-urlencoded') return 'form'
  return name.startsWith('text/') ? 'text' : null
}

/** The one that says most of it (RFC 9110, section 12.5.1). */
function findMedia (media: ReadonlyMap<string, Media>, header: string | undefined): Media | null {
  const name = (header ?? '').split(';', 1)[0]!.trim().toLowerCase()
  return media.get(name) ?? media.get(`${name.split('/', 1)[0]}/*`) ?? media.get('*/*') ?? null
}

function isUnicode (header: string | undefined): boolean {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(header ?? '')
  return charset === null || /^(?:utf-?8|us-ascii)$/i.test(charset[1]!)
}

function checkBody (body: Buffer, { kind, shape }: Media, schema: CompiledSchema, shapes: Shapes): FieldError[] {
  if (!isUtf8(body)) return [{ pointer: '', detail: 'must be UTF-8' }]
  const text = body.toString('utf8')
  const read = kind === 'json' ? parseJsonText(text) : kind === 'form' ? readForm(text, shape, shapes) : { value: text }
  if (read === null) return [{ pointer: '', detail: kind === 'json' ? 'must be JSON, with each member once' : 'must be a form that can be decoded' }]
  return schema.check(read.value, '', baseSteps + (body.length >> 1))
}

/** Beside what grows with the body. */
const baseSteps = 100_000

function readForm (text: string, shape: Shape, shapes: Shapes): { value: unknown } | null {
  const fields = readQuery(text)
  if (fields === null) return null
  return {
    value: Object.fromEntries(fields.names().map(name => {
      const own = shapes(shape.properties.get(name) ?? shape.additional)
      const values = fields.get(name)
      if (!own.types.has('array')) return [name, values.length === 1 ? valueOf(values[0]!.text, own) : values.map(({ text }) => text)]
      const item = shapes(own.items)
      return [name, values.map(({ text }) => valueOf(text, item))]
    }))
  }
}
