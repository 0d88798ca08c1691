import { typeOf, type Check, type Compiler, type JsonObject, type Keyword, type SchemaNode } from './node.ts'
import type { Run } from './run.ts'

const names: Readonly<Record<string, string>> = {
  null: 'null', boolean: 'true or false', integer: 'a whole number', number: 'a number', string: 'a string', array: 'an array', object: 'an object'
}

export const type: Keyword = (schema, at, compiler, node) => {
  if (schema.type === undefined) return null
  const types = readTypes(schema.type, `${at}/type`, compiler)
  node.types = new Set(types.map(name => name === 'integer' ? 'number' : name))
  const isWhole = types.includes('integer') && !types.includes('number')
  const { types: known } = node
  const expected = `must be ${types.map(name => names[name]).join(' or ')}`
  return (value, run) => (known.has(typeOf(value)) && !(isWhole && typeof value === 'number' && !Number.isInteger(value))) || run.fail(expected)
}

function readTypes (value: unknown, at: string, { fault }: Compiler): string[] {
  const types = Array.isArray(value) ? value as unknown[] : [value]
  if (types.length > 0 && types.every(name => typeof name === 'string' && Object.hasOwn(names, name))) return types as string[]
  fault(at, `must be one or several of ${Object.keys(names).join(', ')}`)
  return Object.keys(names)
}

const maxShown = 200

export const enumeration: Keyword = (schema, at, { fault }) => {
  const { enum: values } = schema
  if (values === undefined) return null
  if (!Array.isArray(values)) {
    fault(`${at}/enum`, 'must be an array')
    return null
  }
  const shown = values.map(value => JSON.stringify(value)).join(', ')
  return oneOfValues(values, shown.length > maxShown ? 'is none of the values that are allowed' : `must be one of ${shown}`)
}

export const constant: Keyword = schema => {
  if (!Object.hasOwn(schema, 'const')) return null
  const shown = JSON.stringify(schema.const)
  return oneOfValues([schema.const], shown.length > maxShown ? 'is not the value that is allowed' : `must be ${shown}`)
}

function oneOfValues (values: unknown[], detail: string): Check {
  const known = new Set(values.map(value => canonical(value, null)))
  const texts = new Set(values.filter(value => typeof value === 'string'))
  return (value, run) => (typeof value === 'string' ? texts.has(value) : known.has(canonical(value, run))) || run.fail(detail)
}

const maxDepth = 200

/**
 * A key that two values have in common where JSON Schema calls them equal: members of objects have no order.
 * @param run is told what it costs; `null`: nobody needs to be
 */
export function canonical (value: unknown, run: Run | null, depth = 0): string {
  // Making keys costs more than looking at them.
  run?.spend(5)
  if (typeof value === 'string') {
    run?.spend(value.length >> 2)
    return JSON.stringify(value)
  }
  if (typeof value !== 'object' || value === null) return String(value)
  if (depth > maxDepth) run?.spend(Infinity)
  if (Array.isArray(value)) return `[${value.map(item => canonical(item, run, depth + 1)).join(',')}]`
  return `{${Object.keys(value).sort().map(name => `${JSON.stringify(name)}:${canonical((value as JsonObject)[name], run, depth + 1)}`).join(',')}}`
}

/** Whether a value could hold there at all, as far as `type` says. */
export function mayHold (node: SchemaNode, value: unknown): boolean {
  if (node.types !== null && !node.types.has(typeOf(value))) return false
  return node.inPlace.length !== 1 || node.checks.length !== 1 || mayHold(node.inPlace[0]!, value)
}
