import { cloneBranded } from './branded.ts'
import { refuse } from './refuse.ts'

/**
 * HTML, "StructuredSerializeInternal" and "StructuredDeserialize" in one pass, within one realm.
 * @param memory clones by the object they are of; what is in it already is taken as it is
 * @throws {DOMException} `DataCloneError`
 */
export function cloneValue (value: unknown, memory: Map<object, object>): unknown {
  if (typeof value === 'symbol') refuse(value)
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value
  if (typeof value === 'function') refuse(value)
  const known = memory.get(value)
  if (known !== undefined) return known

  const branded = cloneBranded(value, item => cloneValue(item, memory))
  if (branded !== undefined) {
    memory.set(value, branded.clone)
    branded.fill?.()
    return branded.clone
  }
  const clone: object = Array.isArray(value) ? emptyArray(value.length) : {}
  memory.set(value, clone)
  for (const key of Object.keys(value)) {
    // What a getter of an earlier property deleted is left out.
    if (Object.hasOwn(value, key)) define(clone, key, cloneValue((value as Record<string, unknown>)[key], memory))
  }
  return clone
}

/** With holes, which are not cloned. */
function emptyArray (length: number): unknown[] {
  const array: unknown[] = []
  array.length = length
  return array
}

/** No setter of a prototype's, `__proto__` included, is to see it. */
function define (target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true })
}
