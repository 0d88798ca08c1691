import { compilePattern } from '#shared/json-schema/pattern.ts'
import { checkFormat } from '#shared/json-schema/formats.ts'
import { isObject, type JsonObject } from '#shared/json-schema/node.ts'
import { fromOpenApi30 } from '#shared/json-schema/openapi-3.0.ts'
import { escapePointer } from '#shared/json-schema/run.ts'
import { unsupported } from '#shared/json-schema/vocabulary.ts'
import { Refused, type Reading } from './reading.ts'

/** For people and tools, and long. */
const texts = new Set(['$comment', 'title', 'description', 'externalDocs', 'xml', 'deprecated', '$schema', '$id', 'contentSchema'])
const examples = new Set(['example', 'examples', 'default'])
const maps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])
const lists = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const single = new Set(['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames', 'unevaluatedProperties', 'unevaluatedItems'])
/** Deeper than anything that a person writes; what the admin API takes nests no deeper, either. */
const maxDepth = 11

/** Schemas of one operation, with all that they refer to: what is checked is read off one place. */
export class SchemaSet {
  readonly definitions: Record<string, unknown> = {}
  readonly #reading: Reading
  readonly #keepsExamples: boolean
  /** By pointer into the document. */
  readonly #names = new Map<string, string>()

  constructor (reading: Reading, { keepsExamples }: { keepsExamples: boolean }) {
    this.#reading = reading
    this.#keepsExamples = keepsExamples
  }

  /** A schema of the document in JSON Schema 2020-12, without what could not be kept. @throws {Refused} */
  convert (schema: unknown, pointer: string): unknown {
    return this.#convert(schema, pointer, 0)
  }

  #convert (schema: unknown, pointer: string, depth: number): unknown {
    if (typeof schema === 'boolean') return schema
    if (!isObject(schema)) throw new Refused(pointer, 'must be a schema')
    if (depth > maxDepth) throw new Refused(pointer, `must not nest deeper than ${maxDepth} schemas; put some of it among the components`)
    const { is30 } = this.#reading
    const asked = is30 ? flatOpenApi30(schema) : schema
    const unknown = new Map(unsupported(asked, false).map(({ name, detail }) => [name, detail]))
    const converted: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(asked)) {
      const place = `${pointer}/${escapePointer(name)}`
      if (texts.has(name) || name.startsWith('x-') || (!this.#keepsExamples && examples.has(name))) continue
      if (unknown.has(name)) this.#reading.ignore(place, unknown.get(name)!)
      else if (!this.#isUsable(name, value, asked, place)) continue
      else converted[name] = this.#convertMember(name, value, place, depth)
    }
    return converted
  }

  #convertMember (name: string, value: unknown, pointer: string, depth: number): unknown {
    const inner = (schema: unknown, at: string): unknown => this.#convert(schema, at, depth + 1)
    if (name === '$ref') return this.#refer(value, pointer)
    if (name === 'discriminator') return this.#discriminate(value as JsonObject, pointer)
    if (maps.has(name) && isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inner(member, `${pointer}/${escapePointer(key)}`)]))
    if (lists.has(name) && Array.isArray(value)) return value.map((member, index) => inner(member, `${pointer}/${index}`))
    return single.has(name) ? inner(value, pointer) : value
  }

  /** Names and patterns that nobody knows here say nothing; an owner is told so. */
  #isUsable (name: string, value: unknown, schema: JsonObject, pointer: string): boolean {
    let detail: string | null = null
    if (name === 'format' && checkFormat(String(value)) === null) detail = 'is a format that is not known here, and is not checked'
    if (name === 'pattern') compilePattern(value, pointer, { fault: (_pointer, fault) => { detail = `is not checked: ${fault}` } })
    if (name === 'discriminator' && !areReferences(schema.oneOf ?? schema.anyOf)) {
      if (schema.oneOf === undefined && schema.anyOf === undefined) return false
      detail = 'is not looked at: not all of the alternatives are references'
    }
    if (detail !== null) this.#reading.ignore(pointer, detail)
    return detail === null
  }

  #refer (ref: unknown, at: string): string {
    if (typeof ref !== 'string') throw new Refused(at, 'must be a reference')
    const { value, pointer } = this.#reading.find(ref, at)
    const known = this.#names.get(pointer)
    if (known !== undefined) return `#/$defs/${known}`
    const name = this.#nameFor(pointer)
    this.#names.set(pointer, name)
    this.definitions[name] = null
    this.definitions[name] = this.#convert(value, pointer, 0)
    return `#/$defs/${name}`
  }

  #nameFor (pointer: string): string {
    const plain = pointer.replace(/^\/components\/schemas\//, '').replaceAll(/~[01]|[^A-Za-z0-9._-]+/g, '-').slice(0, 150) || 'schema'
    for (let count = 1; ; count++) {
      const name = count === 1 ? plain : `${plain}-${count}`
      if (!Object.hasOwn(this.definitions, name)) return name
    }
  }

  #discriminate ({ propertyName, mapping }: JsonObject, pointer: string): JsonObject {
    if (!isObject(mapping)) return { propertyName }
    return {
      propertyName,
      mapping: Object.fromEntries(entries(mapping).map(([value, target]) => {
        const isPlain = /^[A-Za-z0-9._-]+$/.test(target)
        return [value, this.#refer(isPlain ? `#/components/schemas/${target}` : target, `${pointer}/mapping/${escapePointer(value)}`)]
      }))
    }
  }
}

function entries (mapping: JsonObject): Array<[string, string]> {
  return Object.entries(mapping).map(([value, target]) => [value, String(target)])
}

function areReferences (alternatives: unknown): boolean {
  return Array.isArray(alternatives) && alternatives.every(alternative => isObject(alternative) && typeof alternative.$ref === 'string')
}

/** Of this schema alone: the ones inside come to it one by one. */
function flatOpenApi30 (schema: JsonObject): JsonObject {
  if (typeof schema.$ref === 'string') return { $ref: schema.$ref }
  const own = Object.fromEntries(Object.entries(schema).filter(([name]) => ['type', 'nullable', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].includes(name)))
  const rest = Object.fromEntries(Object.entries(schema).filter(([name]) => !Object.hasOwn(own, name)))
  return { ...fromOpenApi30(own) as JsonObject, ...rest }
}
