/** By the internal slot, which nothing but an ArrayBuffer has; the other way to have bytes is ruled out first, being cheaper. */
export function isArrayBuffer (value: unknown): value is ArrayBuffer {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  try {
    return typeof Reflect.get(ArrayBuffer.prototype, 'byteLength', value) === 'number'
  } catch {
    return false
  }
}

/** Web IDL, "get a copy of the bytes held by the buffer source". */
export function copyBytes (source: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  const bytes = ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source)
  return new Uint8Array(bytes)
}

export function concatenate (parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}
