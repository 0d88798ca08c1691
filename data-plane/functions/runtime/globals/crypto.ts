import { domException } from '../errors.ts'
import { scope } from '../scope.ts'
import { toDOMString } from '../webidl.ts'

const maxRandomBytes = 65536
const algorithms = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']
const integerArrays = new Set([
  'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array',
  'BigInt64Array', 'BigUint64Array'
])

const { host } = scope
const key = Symbol('construct')
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object

/** Web Cryptography, section 14, as far as `digest`. */
export class SubtleCrypto {
  constructor (token?: unknown) {
    if (token !== key) throw new TypeError('Illegal constructor')
  }

  async digest (algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    const name = toAlgorithmName(algorithm)
    return host.digest(name, copyBytes(data))
  }
}

/** Web Cryptography, section 10. */
export class Crypto {
  readonly #subtle: SubtleCrypto

  constructor (token?: unknown) {
    if (token !== key) throw new TypeError('Illegal constructor')
    this.#subtle = new SubtleCrypto(key)
  }

  get subtle (): SubtleCrypto {
    return this.#subtle
  }

  getRandomValues<T extends ArrayBufferView> (array: T): T {
    if (!integerArrays.has(toArrayName(array))) {
      throw domException('The data argument must be an integer-type TypedArray.', 'TypeMismatchError')
    }
    if (array.byteLength > maxRandomBytes) {
      throw domException(`The requested length exceeds ${maxRandomBytes} bytes.`, 'QuotaExceededError')
    }
    const bytes = new Uint8Array(host.randomBytes(array.byteLength))
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes)
    return array
  }

  randomUUID (): string {
    return host.randomUUID()
  }
}
for (const [constructor, name] of [[Crypto, 'Crypto'], [SubtleCrypto, 'SubtleCrypto']] as const) {
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: name, configurable: true })
}

/** The name that the engine knows a typed array by; empty for anything else. */
function toArrayName (value: unknown): string {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? String(Reflect.get(typedArray, Symbol.toStringTag, value)) : ''
}

function toAlgorithmName (algorithm: unknown): string {
  const given = typeof algorithm === 'object' && algorithm !== null ? (algorithm as { name?: unknown }).name : algorithm
  const name = toDOMString(given).toUpperCase()
  if (!algorithms.includes(name)) throw domException('Unrecognized algorithm name', 'NotSupportedError')
  return name
}

/** Of its own, so that nothing changes it on its way to the host, and no larger view's bytes go with it. */
function copyBytes (data: unknown): ArrayBuffer {
  if (data instanceof ArrayBuffer) return data.slice(0)
  if (!ArrayBuffer.isView(data)) throw new TypeError('The data argument must be an ArrayBuffer or a view on one.')
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice().buffer
}

export const crypto = new Crypto(key)
