import { isObject, type JsonObject } from '../../json-schema/node.ts'
import { resolvePointer } from '../../json-schema/pointer.ts'

/** What a text has to be made into before a schema can judge it. */
export interface Shape {
  /** Types that the schema names; empty: any. */
  types: ReadonlySet<string>
  /** Of an array. */
  items: unknown
  /** Of an object. */
  properties: ReadonlyMap<string, unknown>
  additional: unknown
}

const maxSteps = 50

/** Of schemas, each looked at once. */
export type Shapes = (schema: unknown) => Shape

export function createShapes (definitions: JsonObject): Shapes {
  const known = new Map<unknown, Shape>()
  return schema => {
    const shape = known.get(schema) ?? shapeOf(schema, definitions)
    known.set(schema, shape)
    return shape
  }
}

/** As far as references and `allOf` lead, and with whatever one of several alternatives may be. */
function shapeOf (schema: unknown, definitions: JsonObject): Shape {
  const types = new Set<string>()
  const properties = new Map<string, unknown>()
  let items: unknown
  let additional: unknown
  const pending = [schema]
  for (let steps = 0; pending.length > 0 && steps < maxSteps; steps++) {
    const next = pending.shift()
    if (!isObject(next)) continue
    for (const type of Array.isArray(next.type) ? next.type : [next.type]) if (typeof type === 'string') types.add(type)
    if (isObject(next.properties)) for (const [name, value] of Object.entries(next.properties)) properties.set(name, value)
    items ??= next.items
    additional ??= next.additionalProperties
    if (typeof next.$ref === 'string' && next.$ref.startsWith('#/$defs/')) pending.push(resolvePointer(definitions, next.$ref.slice('#/$defs'.length)))
    for (const name of ['allOf', 'anyOf', 'oneOf']) if (Array.isArray(next[name])) pending.push(...next[name] as unknown[])
  }
  return { types, items, properties, additional }
}

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** What a text stands for; the text itself where its type has nothing better. */
export function valueOf (text: string, { types }: Shape): unknown {
  if ((types.has('number') || types.has('integer')) && number.test(text)) return Number(text)
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  return types.has('null') && !types.has('string') && text === '' ? null : text
}
