import type { Branded } from './branded.ts'

const constructors = new Map<unknown, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(constructor => [constructor.name, constructor])
)

/** HTML, "StructuredSerializeInternal", for errors: name, message, stack and cause; nothing else that was put on them. */
export function cloneError (error: Error, cloneItem: (value: unknown) => unknown): Branded {
  const message = Object.getOwnPropertyDescriptor(error, 'message')
  const clone = new (constructors.get(error.name) ?? Error)()
  if (message !== undefined && 'value' in message) set(clone, 'message', String(message.value))
  set(clone, 'stack', String(error.stack))
  const cause = Object.getOwnPropertyDescriptor(error, 'cause')
  return { clone, fill: () => { if (cause !== undefined && 'value' in cause) set(clone, 'cause', cloneItem(cause.value)) } }
}

function set (target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, enumerable: false, writable: true })
}
