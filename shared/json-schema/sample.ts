import { isObject, type JsonObject } from './node.ts'
import { resolvePointer } from './pointer.ts'

/** A schema may refer to itself, and to others twice each time. */
const maxDepth = 8
const maxSchemas = 2_000

const texts: Readonly<Record<string, string>> = {
  'date-time': '2030-01-31T12:00:00Z', date: '2030-01-31', time: '12:00:00Z', duration: 'P1D', email: 'someone@example.com', hostname: 'example.com', ipv4: '192.0.2.1',
  ipv6: '2001:db8::1', uri: 'https://example.com/', 'uri-reference': '/', uuid: '00000000-0000-4000-8000-000000000000', 'json-pointer': '/a', 'relative-json-pointer': '0', byte: 'dGV4dA=='
}

/** A value that a schema lets pass, as far as it says what one looks like: patterns and conditions are not followed. The same one each time. */
export function sampleOf (schema: unknown, definitions: JsonObject = {}): unknown {
  return new Sampler(definitions).sample(schema, 0)
}

class Sampler {
  readonly #definitions: JsonObject
  /** Schemas that are looked at: there may be many ways through them. */
  #left = maxSchemas

  constructor (definitions: JsonObject) {
    this.#definitions = definitions
  }

  sample (asked: unknown, depth: number): unknown {
    const schema = this.#settle(asked, 0)
    if (schema === null) return null
    const given = givenIn(schema)
    if (given !== undefined) return given
    const inner = (part: unknown): unknown => this.sample(part, depth + 1)
    switch (typeIn(schema)) {
      case 'object': return sampleObject(schema, inner, depth)
      case 'array': return sampleArray(schema, inner, depth)
      case 'string': return sampleText(schema)
      case 'integer': return sampleNumber(schema, 1)
      case 'number': return sampleNumber(schema, 0.5)
      case 'boolean': return true
      default: return null
    }
  }

  /** Follows references, joins what is in `allOf`, and takes the first of alternatives. */
  #settle (schema: unknown, depth: number): JsonObject | null {
    if (!isObject(schema) || depth > maxDepth * 2 || --this.#left < 0) return null
    const alternative = [schema.oneOf, schema.anyOf].flatMap(list => Array.isArray(list) ? list.slice(0, 1) as unknown[] : [])
    const parts = [schema.$ref, ...Array.isArray(schema.allOf) ? schema.allOf as unknown[] : [], ...alternative].filter(part => part !== undefined)
    let joined: JsonObject = { ...schema }
    for (const part of parts) {
      const target = typeof part === 'string' && part.startsWith('#/$defs/') ? resolvePointer(this.#definitions, part.slice('#/$defs'.length)) : part
      joined = join(this.#settle(target, depth + 1) ?? {}, joined)
    }
    return joined
  }
}

function join (below: JsonObject, above: JsonObject): JsonObject {
  const properties = { ...below.properties as object, ...above.properties as object }
  const required = [...Array.isArray(below.required) ? below.required as unknown[] : [], ...Array.isArray(above.required) ? above.required as unknown[] : []]
  return { ...below, ...above, ...(Object.keys(properties).length > 0 && { properties }), ...(required.length > 0 && { required }) }
}

function givenIn ({ example, examples, default: usual, const: only, enum: several }: JsonObject): unknown {
  const list = [examples, several].flatMap(values => Array.isArray(values) ? values.slice(0, 1) as unknown[] : [])
  return [only, example, list[0], usual].find(value => value !== undefined)
}

function typeIn ({ type, properties, items }: JsonObject): unknown {
  if (Array.isArray(type)) return (type as unknown[]).find(name => name !== 'null') ?? 'null'
  return type ?? (properties !== undefined ? 'object' : items !== undefined ? 'array' : undefined)
}

/** What need not be there is left out where it gets deep. */
function sampleObject ({ properties = {}, required = [] }: JsonObject, sample: (member: unknown) => unknown, depth: number): unknown {
  if (!isObject(properties) || depth > maxDepth) return {}
  const names = Object.keys(properties).filter(name => depth < maxDepth / 2 || (Array.isArray(required) && required.includes(name)))
  const shown = names.filter(name => !(isObject(properties[name]) && properties[name].writeOnly === true))
  return Object.fromEntries(shown.map(name => [name, sample(properties[name])]))
}

function sampleArray ({ items, prefixItems = [], minItems }: JsonObject, sample: (item: unknown) => unknown, depth: number): unknown[] {
  const first = Array.isArray(prefixItems) ? prefixItems as unknown[] : []
  if (items === undefined || items === false) return first.map(sample)
  const least = typeof minItems === 'number' ? minItems : 0
  const count = Math.max(0, Math.min(Math.max(least, depth < maxDepth / 2 ? 1 : 0), 20) - first.length)
  return [...first, ...Array.from({ length: count }, () => items)].map(sample)
}

function sampleText ({ format, minLength = 0, maxLength = 10_000 }: JsonObject): string {
  const text = typeof format === 'string' && Object.hasOwn(texts, format) ? texts[format]! : 'text'
  if (text !== 'text') return text
  const [min, max] = [Number(minLength), Number(maxLength)]
  return text.repeat(Math.max(1, Math.ceil(Math.min(min, 1_000) / text.length))).slice(0, Math.max(min, Math.min(max, text.length)))
}

function sampleNumber ({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: JsonObject, step: number): number {
  const by = typeof multipleOf === 'number' && multipleOf > 0 ? multipleOf : step
  if (typeof minimum === 'number') return Math.ceil(minimum / by) * by
  if (typeof exclusiveMinimum === 'number') return (Math.floor(exclusiveMinimum / by) + 1) * by
  if (typeof maximum === 'number') return Math.floor(Math.min(maximum, by) / by) * by
  return typeof exclusiveMaximum === 'number' && exclusiveMaximum <= by ? (Math.ceil(exclusiveMaximum / by) - 1) * by : by
}
