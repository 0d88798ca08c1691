import { arrayBufferPrototype, bufferByteLength, Bytes, getPrototypeOf, isView, safeMap, setBytes, viewBuffer, viewByteLength, viewByteOffset } from './primordials.ts'

/** Bytes that leave the isolate: they wait here until the process fetches them. */
export class Parcels {
  readonly #waiting = safeMap<number, ArrayBuffer>()
  #next = 1

  /** Copies a view or a buffer: what tenant code holds can be resized, detached or changed before it is fetched. Returns the parcel's name. */
  put (value: object): string {
    const length = binaryLength(value)
    const copy = new Bytes(length)
    setBytes(copy, isView(value) ? new Bytes(viewBuffer(value), viewByteOffset(value), length) : new Bytes(value as ArrayBuffer))
    const name = this.#next++
    this.#waiting.set(name, viewBuffer(copy))
    return `${name}`
  }

  take (name: number): ArrayBuffer | undefined {
    const bytes = this.#waiting.get(name)
    this.#waiting.delete(name)
    return bytes
  }
}

export function isBinary (value: object): boolean {
  return isView(value) || getPrototypeOf(value) === arrayBufferPrototype
}

/** In bytes. */
export function binaryLength (value: object): number {
  return isView(value) ? viewByteLength(value) : bufferByteLength(value)
}
