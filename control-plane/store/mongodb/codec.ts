import { Binary } from 'mongodb'

/**
 * Documents as BSON holds them. What it would change stands in it as JSON text in a binary value of the user's own subtype (bsonspec.org): a text
 * with an unpaired surrogate, which is not UTF-8, and a record whose keys would mean something else there (`a.b`, `$a`, `__proto__`, or one that is
 * not UTF-8). All else is BSON's own, so that it can be queried and looked at.
 */
export function encode<Value> (value: Value): Value {
  return encodeValue(value) as Value
}

export function decode<Value> (value: Value): Value {
  return decodeValue(value) as Value
}

function encodeValue (value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : asJson(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(encodeValue)
  const entries = Object.entries(value)
  if (!entries.every(([key]) => isPlainKey(key))) return asJson(value)
  return Object.fromEntries(entries.filter(([, member]) => member !== undefined).map(([key, member]) => [key, encodeValue(member)]))
}

function decodeValue (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Binary) return JSON.parse(value.toString('utf8'))
  if (Array.isArray(value)) return value.map(decodeValue)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, decodeValue(member)]))
}

function isPlainKey (key: string): boolean {
  return key !== '__proto__' && key !== '' && !key.includes('.') && !key.startsWith('$') && !key.includes('\0') && key.isWellFormed()
}

function asJson (value: unknown): Binary {
  return new Binary(Buffer.from(JSON.stringify(value)), Binary.SUBTYPE_USER_DEFINED)
}
