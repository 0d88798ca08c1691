import { isArrayBuffer } from '../../byte-sequences.ts'
import { inspect } from '../../inspect.ts'

// What undici's classes ask of `node:util`, `node:util/types`, `node:worker_threads`, `node:stream`, `node:zlib` and
// `node:perf_hooks`. What they need for fetching alone is there in name only.

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object

function arrayName (value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Reflect.get(typedArray, Symbol.toStringTag, value) : undefined
}

export function isUint8Array (value: unknown): boolean {
  return arrayName(value) === 'Uint8Array'
}

export const types = {
  isArrayBuffer,
  isAnyArrayBuffer: isArrayBuffer,
  isUint8Array,
  isArrayBufferView: (value: unknown) => ArrayBuffer.isView(value),
  isTypedArray: (value: unknown) => arrayName(value) !== undefined,
  isDataView: (value: unknown) => ArrayBuffer.isView(value) && arrayName(value) === undefined,
  /** Isolates have none. */
  isSharedArrayBuffer: () => false,
  /** Nobody can tell; for what may be one, undici takes the way that the standard describes. */
  isProxy: () => true
}

const custom = Symbol('inspect')
const inspectWithCustom = Object.assign((value: unknown) => inspect(value), { custom })
export { inspectWithCustom as inspect }

export const formatWithOptions = (_options: unknown, ...values: unknown[]): string => values.map(value => inspect(value)).join(' ')

export function markAsUncloneable (): void {}

/** Extended, and never made. */
export const Transform = Object

export const constants = {}
