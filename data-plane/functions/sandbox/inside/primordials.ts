/**
 * The built-ins that the harness uses, taken before any tenant code has run: what tenant code does to them afterwards is its own matter.
 * Nothing in this folder calls a method of a built-in, writes an array index or assigns a property that is not the object's own.
 */
export const { freeze, defineProperty, setPrototypeOf, getPrototypeOf, create: createObject, hasOwn } = Object
export const { parse: parseJson, stringify: stringifyJson } = JSON
export const { isArray } = Array
export const { isSafeInteger } = Number
export const NativeError = Error
export const NativeTypeError = TypeError
export const isView = Reflect.get(ArrayBuffer, 'isView') as (value: unknown) => boolean
export const { now } = Date
export const arrayBufferPrototype = ArrayBuffer.prototype
export const decodeComponent = decodeURIComponent
export const toText = String
export const Bytes = Uint8Array
export const NativePromise = Promise
export const NativeProxy = Proxy
export const { ownKeys } = Reflect
export const asyncIterator: typeof Symbol.asyncIterator = Symbol.asyncIterator
// Called by another name, eval evaluates in the global scope.
export const indirectEval = Reflect.get(globalThis, 'eval') as (code: string) => void
/** A rejected promise without a handler. */
export const reject = Promise.reject.bind(Promise) as () => Promise<never>
/** Throws for anything that is no promise of the language's own. */
export const promiseThen = method(Promise.prototype, 'then') as (promise: unknown, fulfilled: (value: unknown) => void, rejected: (thrown: unknown) => void) => void

export const charCodeAt = method(String.prototype, 'charCodeAt') as (text: string, index: number) => number
export const slice = method(String.prototype, 'slice') as (text: string, start: number, end?: number) => string
export const indexOf = method(String.prototype, 'indexOf') as (text: string, search: string, from?: number) => number
export const lowerCase = method(String.prototype, 'toLowerCase') as (text: string) => string
export const trim = method(String.prototype, 'trim') as (text: string) => string
export const startsWith = method(String.prototype, 'startsWith') as (text: string, search: string) => boolean
export const endsWith = method(String.prototype, 'endsWith') as (text: string, search: string) => boolean
export const setBytes = method(Uint8Array.prototype, 'set') as (target: Uint8Array, source: ArrayLike<number>, offset?: number) => void

export const viewBuffer = getter(Uint8Array.prototype, 'buffer') as (view: unknown) => ArrayBuffer
export const viewByteOffset = getter(Uint8Array.prototype, 'byteOffset') as (view: unknown) => number
export const viewByteLength = getter(Uint8Array.prototype, 'byteLength') as (view: unknown) => number
export const bufferByteLength = getter(ArrayBuffer.prototype, 'byteLength') as (buffer: unknown) => number

/** A map that finds its methods whatever becomes of `Map.prototype`. */
export function safeMap<Key, Value> (): Map<Key, Value> {
  const map = new Map<Key, Value>()
  for (const name of ['get', 'set', 'delete']) defineProperty(map, name, { value: Reflect.get(map, name) })
  return setPrototypeOf(map, null) as Map<Key, Value>
}

/** The method as a function of its `this` and its parameters. */
function method (prototype: object, name: string): unknown {
  return uncurry(Reflect.get(prototype, name))
}

function getter (prototype: object, name: string): unknown {
  for (let holder: object | null = prototype; holder !== null; holder = getPrototypeOf(holder) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name)
    if (descriptor !== undefined) return uncurry(Reflect.get(descriptor, 'get'))
  }
  throw new TypeError(`There is no ${name}`)
}

function uncurry (callee: unknown): unknown {
  return Function.prototype.call.bind(callee as () => unknown)
}
