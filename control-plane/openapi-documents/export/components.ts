import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject } from '#shared/json-schema/node.ts'
import { fromOpenApi30 } from '#shared/json-schema/openapi-3.0.ts'
import { resolvePointer } from '#shared/json-schema/pointer.ts'
import { escapePointer } from '#shared/json-schema/run.ts'

/** Schemas of all endpoints in one place: those that are the same are written once, others of the same name get one of their own. */
export class Components {
  readonly schemas: Record<string, unknown> = {}

  /** @returns what makes a schema of this endpoint one of the document, for where it will stand there */
  add (owner: string, definitions: Readonly<Record<string, unknown>>, dialect: string | undefined): (schema: unknown, pointer: string) => unknown {
    const adapt = dialect === 'openapi-3.0' ? fromOpenApi30 : (schema: unknown) => schema
    const adapted = Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, adapt(schema)]))
    const names = this.#place(owner, adapted)
    return (schema, pointer) => {
      const root = adapt(schema)
      return rewrite(root, ref => relocate(ref, root, pointer, names))
    }
  }

  /** All of an endpoint's, or none, keep their names: they refer to each other. */
  #place (owner: string, definitions: JsonObject): ReadonlyMap<string, string> {
    const build = (names: ReadonlyMap<string, string>): Array<[string, unknown]> => Object.entries(definitions).map(([name, schema]) => {
      const placed = names.get(name)!
      return [placed, rewrite(schema, ref => relocate(ref, schema, `/components/schemas/${placed}`, names))]
    })
    const plain = new Map(Object.keys(definitions).map(name => [name, name]))
    const asTheyAre = build(plain)
    const fits = asTheyAre.every(([name, schema]) => !Object.hasOwn(this.schemas, name) || isDeepStrictEqual(this.schemas[name], schema))
    const names = fits ? plain : new Map(Object.keys(definitions).map(name => [name, `${owner}.${name}`]))
    for (const [name, schema] of fits ? asTheyAre : build(names)) this.schemas[name] = schema
    return names
  }
}

function relocate (ref: string, root: unknown, pointer: string, names: ReadonlyMap<string, string>): string {
  const shared = /^#\/\$defs\/([^/]+)(.*)$/.exec(ref)
  const path = ref.slice(1)
  // A place in the schema itself goes before what is shared.
  if (path === '' || (path.startsWith('/') && resolvePointer(root, decodeURIComponent(path)) !== undefined)) return `#${encodeURI(pointer)}${path}`
  const name = shared === null ? undefined : names.get(decodeURIComponent(shared[1]!))
  return name === undefined ? ref : `#/components/schemas/${escapePointer(name)}${shared![2]}`
}

function rewrite (value: unknown, change: (ref: string) => string): unknown {
  if (Array.isArray(value)) return value.map(item => rewrite(item, change))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]): [string, unknown] => {
    if (name === '$ref' && typeof member === 'string') return [name, change(member)]
    if (name === 'mapping' && isObject(member)) return [name, Object.fromEntries(Object.entries(member).map(([key, ref]) => [key, typeof ref === 'string' && ref.startsWith('#') ? change(ref) : ref]))]
    // Values that are only compared are no schemas.
    return [name, ['enum', 'const', 'default', 'example', 'examples'].includes(name) ? member : rewrite(member, change)]
  }))
}
