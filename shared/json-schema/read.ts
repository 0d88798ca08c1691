import { isObject, type Compiler, type JsonObject } from './node.ts'

/** A keyword that is a count. */
export function readCount (schema: JsonObject, name: string, at: string, { fault }: Compiler): number | null {
  const value = schema[name]
  if (value === undefined) return null
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  fault(`${at}/${name}`, 'must be a whole number that is not negative')
  return null
}

export function readNumber (schema: JsonObject, name: string, at: string, { fault }: Compiler): number | null {
  const value = schema[name]
  if (value === undefined) return null
  if (typeof value === 'number' && Number.isFinite(value)) return value
  fault(`${at}/${name}`, 'must be a number')
  return null
}

export function readBoolean (schema: JsonObject, name: string, at: string, { fault }: Compiler): boolean {
  const value = schema[name]
  if (typeof value === 'boolean') return value
  if (value !== undefined) fault(`${at}/${name}`, 'must be true or false')
  return false
}

export function readNames (value: unknown, at: string, { fault }: Compiler): string[] {
  if (Array.isArray(value) && value.every(name => typeof name === 'string')) return value
  fault(at, 'must be an array of names')
  return []
}

/** @returns nothing where the keyword is missing or no object */
export function readMembers (schema: JsonObject, name: string, at: string, { fault }: Compiler): Array<[name: string, value: unknown]> {
  const value = schema[name]
  if (value === undefined) return []
  if (isObject(value)) return Object.entries(value)
  fault(`${at}/${name}`, 'must be an object')
  return []
}

/** @returns nothing where the keyword is missing or no list of schemas */
export function readList (schema: JsonObject, name: string, at: string, { fault }: Compiler): unknown[] {
  const value = schema[name]
  if (value === undefined) return []
  if (Array.isArray(value) && value.length > 0) return value
  fault(`${at}/${name}`, 'must be an array of schemas, and not an empty one')
  return []
}
