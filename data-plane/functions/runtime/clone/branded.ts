import { copyBytes } from '../byte-sequences.ts'
import { scope } from '../scope.ts'
import { cloneError } from './errors.ts'
import { refuse } from './refuse.ts'

export interface Branded {
  clone: object
  /** Where the object has content that may refer back to it: puts that in, once the clone is known. */
  fill?: () => void
}

type CloneItem = (value: unknown) => unknown
type Cloner = (value: never, cloneItem: CloneItem) => Branded

const views = [
  DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float16Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array
]

/** By the class that the engine says an object is of. Each asks for an internal slot, and throws where it is missing. */
const cloners: Record<string, Cloner> = {
  __proto__: null as never,
  Boolean: (value: object) => ({ clone: Object(Boolean.prototype.valueOf.call(value)) as object }),
  Number: (value: object) => ({ clone: Object(Number.prototype.valueOf.call(value)) as object }),
  String: (value: object) => ({ clone: Object(String.prototype.valueOf.call(value)) as object }),
  BigInt: (value: object) => ({ clone: Object(BigInt.prototype.valueOf.call(value)) as object }),
  Date: (value: Date) => ({ clone: new Date(Date.prototype.getTime.call(value)) }),
  RegExp: (value: RegExp) => ({ clone: new RegExp(value.source, value.flags) }),
  Error: (value: Error, cloneItem) => cloneError(value, cloneItem),
  Map: (value: Map<unknown, unknown>, cloneItem) => {
    const entries = [...Map.prototype.entries.call(value)]
    const clone = new Map<unknown, unknown>()
    return { clone, fill: () => { for (const [key, item] of entries) clone.set(cloneItem(key), cloneItem(item)) } }
  },
  Set: (value: Set<unknown>, cloneItem) => {
    const items = [...Set.prototype.values.call(value)]
    const clone = new Set<unknown>()
    return { clone, fill: () => { for (const item of items) clone.add(cloneItem(item)) } }
  },
  ArrayBuffer: (value: ArrayBuffer) => ({ clone: cloneBuffer(value) }),
  DOMException: (value: DOMException) => ({ clone: new (scope.use('dom-exception').DOMException)(value.message, value.name) }),
  Blob: (value: Blob) => ({ clone: new (scope.use('blob').Blob)([value], { type: value.type }) }),
  File: (value: File) => ({ clone: new (scope.use('blob').File)([value], value.name, { type: value.type, lastModified: value.lastModified }) }),
  ...Object.fromEntries(views.map(view => [view.name, (value: Uint8Array, cloneItem: CloneItem) => cloneView(view, value, cloneItem)]))
}

/** What has a class of the platform's that the standard does not call serializable. */
const refused = new Set([
  'Promise', 'WeakMap', 'WeakSet', 'WeakRef', 'Generator', 'AsyncGenerator', 'Symbol', 'URL', 'URLSearchParams', 'Headers',
  'Request', 'Response', 'FormData', 'Event', 'CustomEvent', 'EventTarget', 'AbortSignal', 'AbortController', 'ReadableStream',
  'WritableStream', 'TransformStream', 'TextEncoder', 'TextDecoder', 'Crypto', 'SubtleCrypto', 'Performance'
])

/**
 * Clones what has internal slots.
 * @returns `undefined` for an array, a plain object, and what only says that it is something else
 */
export function cloneBranded (value: object, cloneItem: CloneItem): Branded | undefined {
  const name = Object.prototype.toString.call(value).slice(8, -1)
  if (name === 'Object' || name === 'Array') return undefined
  if (refused.has(name)) refuse(value)
  const cloner = cloners[name]
  if (cloner === undefined) return undefined
  try {
    return cloner(value as never, cloneItem)
  } catch (error) {
    // What an internal slot that is not there makes of the built-in that asks for it.
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function cloneBuffer (buffer: ArrayBuffer): ArrayBuffer {
  if (buffer.detached) refuse(buffer)
  if (!buffer.resizable) return copyBytes(buffer).buffer
  const clone = new ArrayBuffer(buffer.byteLength, { maxByteLength: buffer.maxByteLength })
  new Uint8Array(clone).set(new Uint8Array(buffer))
  return clone
}

type ViewConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => object

/** Views of one buffer are views of one buffer again: it goes through the memory of what was cloned. */
function cloneView (View: ViewConstructor, view: Uint8Array | DataView, cloneItem: CloneItem): Branded {
  const length = view instanceof DataView ? view.byteLength : view.length
  return { clone: new View(cloneItem(view.buffer) as ArrayBuffer, view.byteOffset, length) }
}
