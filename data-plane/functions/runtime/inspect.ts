/** Characters of one message; what comes after is cut off and said to be. */
export const maxMessageLength = 8192

const maxDepth = 4
const maxEntries = 100
const maxStringLength = 2000
const cut = '… (cut)'

interface State {
  /** Characters that may still be written. */
  left: number
  /** The objects around the one being written. */
  path: object[]
}

/**
 * A value as a person reads it, `maxMessageLength` characters at most. Calls no getter; what a proxy's trap or a tampered
 * built-in throws is written in its place, so it never throws itself.
 */
export function inspect (value: unknown, maxLength = maxMessageLength): string {
  const text = write(value, { left: maxLength, path: [] })
  return text.length > maxLength ? text.slice(0, maxLength - cut.length) + cut : text
}

function write (value: unknown, state: State): string {
  let text
  try {
    text = typeof value === 'object' && value !== null ? writeObject(value, state) : writePrimitive(value)
  } catch {
    text = '[Unreadable]'
  }
  state.left -= text.length
  return text
}

function writePrimitive (value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > maxStringLength ? value.slice(0, maxStringLength) + cut : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `[Function: ${textProperty(value, 'name') || '(anonymous)'}]`
  return Object.is(value, -0) ? '-0' : String(value)
}

function writeObject (value: object, state: State): string {
  if (state.path.includes(value)) return '[Circular]'
  if (state.path.length >= maxDepth) return Array.isArray(value) ? '[Array]' : '[Object]'
  state.path.push(value)
  try {
    return writeKnown(value, state) ?? writePlain(value, state)
  } finally {
    state.path.pop()
  }
}

function writeKnown (value: object, state: State): string | undefined {
  if (value instanceof Error) return writeError(value, state)
  if (Array.isArray(value)) return writeArray(value, state)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof RegExp) return RegExp.prototype.toString.call(value)
  if (value instanceof Map) {
    const entries = take(value.entries(), state, ([key, item]) => `${write(key, state)} => ${write(item, state)}`)
    return `Map(${value.size}) ${enclose('{', entries, '}')}`
  }
  if (value instanceof Set) return `Set(${value.size}) ${enclose('{', take(value.values(), state, item => write(item, state)), '}')}`
  if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const array = value as Uint8Array
    return `${nameOf(value)}(${array.length}) ${enclose('[', take(array.values(), state, item => write(item, state)), ']')}`
  }
  if (value instanceof Promise) return 'Promise {}'
  return undefined
}

function writeError (error: Error, state: State): string {
  // `stack` may be a getter of the engine's, or one that tenant code made; both are called with the caller's guard around.
  const stack: unknown = error.stack
  const text = (typeof stack === 'string' ? stack : `${error.name}: ${error.message}`).slice(0, maxMessageLength)
  const cause = dataProperty(error, 'cause')
  return cause === undefined ? text : `${text} {\n  [cause]: ${write(cause, state).replaceAll('\n', '\n  ')}\n}`
}

function writeArray (array: unknown[], state: State): string {
  const count = Math.min(array.length, maxEntries)
  const items: string[] = []
  for (let index = 0; index < count && state.left > 0; index++) {
    const property = Object.getOwnPropertyDescriptor(array, index)
    items.push(property === undefined ? '<empty>' : writeProperty(property, state))
  }
  if (items.length < array.length) items.push(`… ${array.length - items.length} more`)
  return enclose('[', items, ']')
}

function writePlain (value: object, state: State): string {
  const keys = Object.keys(value)
  const members: string[] = []
  for (const key of keys) {
    if (members.length >= maxEntries || state.left <= 0) {
      members.push(`… ${keys.length - members.length} more`)
      break
    }
    const property = Object.getOwnPropertyDescriptor(value, key)
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : write(key, state)
    if (property !== undefined) members.push(`${name}: ${writeProperty(property, state)}`)
    state.left -= name.length
  }
  const prefix = nameOf(value)
  return `${prefix === 'Object' ? '' : `${prefix} `}${enclose('{', members, '}')}`
}

function writeProperty (property: PropertyDescriptor, state: State): string {
  return 'value' in property ? write(property.value, state) : property.get === undefined ? '[Setter]' : '[Getter]'
}

function take<T> (values: Iterable<T>, state: State, writeOne: (value: T) => string): string[] {
  const texts: string[] = []
  for (const value of values) {
    if (texts.length >= maxEntries || state.left <= 0) {
      texts.push('… more')
      break
    }
    texts.push(writeOne(value))
  }
  return texts
}

function enclose (open: string, texts: string[], close: string): string {
  if (texts.length === 0) return open + close
  const line = texts.join(', ')
  if (line.length <= 100 && !line.includes('\n')) return `${open} ${line} ${close}`
  return `${open}\n  ${texts.join(',\n').replaceAll('\n', '\n  ')}\n${close}`
}

function nameOf (value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return '[Object: null prototype]'
  const constructor = dataProperty(prototype as object, 'constructor')
  return typeof constructor === 'function' ? textProperty(constructor, 'name') || 'Object' : 'Object'
}

/** The value of an own property that is no getter. */
function dataProperty (value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value
}

function textProperty (value: object, name: string): string {
  const text = dataProperty(value, name)
  return typeof text === 'string' ? text.slice(0, 200) : ''
}
