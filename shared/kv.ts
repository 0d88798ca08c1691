/**
 * The key-value store of an environment: what its functions ask of it through `ctx.kv`, and its owner through the admin API.
 *
 * On its way from an isolate to the store an operation stays what it is here. Values are JSON text and nobody parses them in between.
 */
export const kvLimits = {
  /** Of a key, in UTF-8. */
  keyBytes: 512,
  /** Of a value as JSON, in UTF-8. */
  valueBytes: 65_536,
  /** Of an environment. */
  keys: 10_000,
  /** Of an environment, keys and values together. */
  totalBytes: 16 * 1024 * 1024,
  operationsPerCall: 1_000,
  minTtlSeconds: 1,
  /** Ten years. */
  maxTtlSeconds: 315_360_000,
  /** Keys in one list. */
  listKeys: 1_000
} as const

/** `ttlSeconds` `null`: it does not expire. `version` `null` of `compareAndSet`: the key must not exist; of `delete`: whichever it is. */
export type KvOperation =
  | { op: 'get', key: string }
  | { op: 'set', key: string, value: string, ttlSeconds: number | null }
  | { op: 'delete', key: string, version: number | null }
  | { op: 'list', prefix: string, limit: number, after: string | null }
  | { op: 'increment', key: string, by: number, ttlSeconds: number | null }
  | { op: 'compareAndSet', key: string, version: number | null, value: string, ttlSeconds: number | null }

export interface KvEntry {
  /** JSON text. */
  value: string
  /** Another one after every change, also of a key that was removed and made again. */
  version: number
  /** RFC 3339; `null`: never. */
  expiresAt: string | null
}

/** What a write has made of an entry. */
export type KvWritten = Omit<KvEntry, 'value'>

export interface KvKeys {
  /** In the order of their UTF-8 bytes. */
  keys: Array<{ key: string, expiresAt: string | null }>
  /** The `after` of the next list; `null`: there is nothing more. */
  next: string | null
}

export interface KvResults {
  get: KvEntry | null
  set: KvWritten
  /** Whether there was something to remove. */
  delete: boolean
  list: KvKeys
  increment: number
  /** `null`: the key is at another version. */
  compareAndSet: KvWritten | null
}

/** What can be wrong with an operation. Stable: functions branch on it. */
export const kvErrorCodes = ['kv_key_invalid', 'kv_value_invalid', 'kv_option_invalid', 'kv_type_mismatch', 'kv_limit_exceeded', 'kv_unavailable', 'kv_call_ended'] as const
export type KvErrorCode = typeof kvErrorCodes[number]

export interface KvFailure {
  code: KvErrorCode
  message: string
}

export type KvAnswer =
  | { result: KvResults[keyof KvResults], error: null }
  | { result: null, error: KvFailure }

/** An operation, and whose store it is for. */
export interface KvRequest {
  gatewayId: string
  environment: string
  operation: KvOperation
}

/** One turn of a worker: `POST /v1/data-plane/kv` with so many requests at most. */
export const maxKvBatch = 256
/**
 * The control plane stops before it holds answers of much more than this. Requests that are left without an answer have not been carried
 * out, and are to be sent again.
 */
export const maxKvAnswerBytes = 8 * 1024 * 1024

export function kvFailed (code: KvErrorCode, message: string): KvAnswer {
  return { result: null, error: { code, message } }
}

/** What is wrong with a key; `null`: nothing. */
export function kvKeyFault (key: string): string | null {
  if (key === '') return 'must not be empty'
  if (key.length > kvLimits.keyBytes || Buffer.byteLength(key) > kvLimits.keyBytes) return `must have at most ${kvLimits.keyBytes} bytes in UTF-8`
  if (/\p{Cc}/u.test(key)) return 'must not contain control characters'
  return key.isWellFormed() ? null : 'must not contain half of a surrogate pair'
}

/** The same for what keys begin with, which may be nothing at all. */
export function kvPrefixFault (prefix: string): string | null {
  return prefix === '' ? null : kvKeyFault(prefix)
}
