import { kvLimits, type KvErrorCode } from '#shared/kv.ts'
import { describe } from './describe.ts'
import { charCodeAt, defineProperty, isSafeInteger, NativeError, NativeTypeError, slice, stringifyJson } from './primordials.ts'
import { utf8Length } from './text-chunks.ts'

/** Reading what tenant code calls `ctx.kv` with. Each throws the error that the operation is rejected with. */

export function kvError (code: KvErrorCode, message: string, make: new (message: string) => Error = NativeError): Error {
  return defineProperty(new make(message), 'code', { __proto__: null, value: code, writable: true, enumerable: true, configurable: true } as PropertyDescriptor)
}

export function readKey (key: unknown, what = 'A key'): string {
  if (typeof key !== 'string') throw kvError('kv_key_invalid', `${what} must be a string.`)
  if (key === '') throw kvError('kv_key_invalid', `${what} must not be empty.`)
  if (key.length > kvLimits.keyBytes || utf8Length(key) > kvLimits.keyBytes) throw kvError('kv_key_invalid', `${what} must have at most ${kvLimits.keyBytes} bytes in UTF-8.`)
  for (let i = 0; i < key.length; i++) {
    const unit = charCodeAt(key, i)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) throw kvError('kv_key_invalid', `${what} must not contain control characters.`)
    if (unit < 0xd800 || unit > 0xdfff) continue
    // Two halves of a character, or one that stands alone.
    const isPair = unit < 0xdc00 && i + 1 < key.length && (charCodeAt(key, i + 1) & 0xfc00) === 0xdc00
    if (!isPair) throw kvError('kv_key_invalid', `${what} must not contain half of a surrogate pair.`)
    i++
  }
  return key
}

/** As JSON text. May run tenant code (`toJSON`, getters, proxies). */
export function readValue (value: unknown): string {
  const text = toJson(value)
  if (text.length > kvLimits.valueBytes || (text.length * 3 > kvLimits.valueBytes && utf8Length(text) > kvLimits.valueBytes)) {
    throw kvError('kv_limit_exceeded', `A value must have at most ${kvLimits.valueBytes} bytes as JSON.`)
  }
  return text
}

function toJson (value: unknown): string {
  let text: unknown
  try {
    text = stringifyJson(value)
  } catch (thrown) {
    throw kvError('kv_value_invalid', `The value has no JSON form: ${slice(describe(thrown).message, 0, 200)}`, NativeTypeError)
  }
  if (typeof text === 'string') return text
  throw kvError('kv_value_invalid', `The value has no JSON form: it is ${value === undefined ? 'undefined' : `a ${typeof value}`}.`, NativeTypeError)
}

export function readTtl (options: unknown): number | null {
  const ttl = option(options, 'ttlSeconds')
  if (ttl === undefined) return null
  if (typeof ttl === 'number' && ttl >= kvLimits.minTtlSeconds && ttl <= kvLimits.maxTtlSeconds) return ttl
  throw kvError('kv_option_invalid', `ttlSeconds must be a number from ${kvLimits.minTtlSeconds} to ${kvLimits.maxTtlSeconds}.`)
}

export function readBy (by: unknown): number {
  if (by === undefined) return 1
  if (isSafeInteger(by)) return by as number
  throw kvError('kv_option_invalid', 'An increment must be a safe integer.')
}

export function readVersion (version: unknown): number | null {
  if (version === null || (isSafeInteger(version) && (version as number) >= 1)) return version as number | null
  throw kvError('kv_option_invalid', 'A version must be one that getEntry or compareAndSet has answered, or null where the key must not exist.')
}

export function readList (options: unknown): { prefix: string, limit: number, after: string | null } {
  const prefix = option(options, 'prefix')
  const limit = option(options, 'limit') ?? defaultLimit
  const cursor = option(options, 'cursor') ?? null
  if (!isSafeInteger(limit) || (limit as number) < 1 || (limit as number) > kvLimits.listKeys) {
    throw kvError('kv_option_invalid', `limit must be an integer from 1 to ${kvLimits.listKeys}.`)
  }
  return {
    prefix: prefix === undefined || prefix === '' ? '' : readKey(prefix, 'A prefix'),
    limit: limit as number,
    after: cursor === null ? null : readKey(cursor, 'A cursor')
  }
}

const defaultLimit = 100

function option (options: unknown, name: string): unknown {
  if (options === undefined) return undefined
  if (typeof options === 'object' && options !== null) return (options as Record<string, unknown>)[name]
  throw kvError('kv_option_invalid', 'Options must be an object.')
}
