import { toDOMString } from '../webidl.ts'

/** Legacy codes (Web IDL, DOMException names table) by name; a name that is not here has the code 0. */
const codes: Record<string, number> = {
  __proto__: null as never,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25
}

/** The constants on the class, by code. Those that no exception carries any more are kept by the standard all the same. */
const constants: ReadonlyArray<[name: string, code: number]> = [
  ['INDEX_SIZE_ERR', 1], ['DOMSTRING_SIZE_ERR', 2], ['HIERARCHY_REQUEST_ERR', 3], ['WRONG_DOCUMENT_ERR', 4],
  ['INVALID_CHARACTER_ERR', 5], ['NO_DATA_ALLOWED_ERR', 6], ['NO_MODIFICATION_ALLOWED_ERR', 7], ['NOT_FOUND_ERR', 8],
  ['NOT_SUPPORTED_ERR', 9], ['INUSE_ATTRIBUTE_ERR', 10], ['INVALID_STATE_ERR', 11], ['SYNTAX_ERR', 12],
  ['INVALID_MODIFICATION_ERR', 13], ['NAMESPACE_ERR', 14], ['INVALID_ACCESS_ERR', 15], ['VALIDATION_ERR', 16],
  ['TYPE_MISMATCH_ERR', 17], ['SECURITY_ERR', 18], ['NETWORK_ERR', 19], ['ABORT_ERR', 20], ['URL_MISMATCH_ERR', 21],
  ['QUOTA_EXCEEDED_ERR', 22], ['TIMEOUT_ERR', 23], ['INVALID_NODE_TYPE_ERR', 24], ['DATA_CLONE_ERR', 25]
]

/** Web IDL, section 4.4. Extends `Error` for its stack; `message` and `name` are accessors of the prototype, as specified. */
export class DOMException extends Error {
  readonly #name: string
  readonly #message: string

  constructor (message: unknown = '', nameOrOptions: unknown = 'Error') {
    const text = toDOMString(message)
    super(text)
    this.#message = text
    if (typeof nameOrOptions === 'object' && nameOrOptions !== null) {
      const { name = 'Error', cause } = nameOrOptions as { name?: unknown, cause?: unknown }
      this.#name = toDOMString(name)
      if ('cause' in nameOrOptions) {
        Object.defineProperty(this, 'cause', { value: cause, configurable: true, enumerable: false, writable: true })
      }
    } else {
      this.#name = toDOMString(nameOrOptions)
    }
    // Taken again for the name, while V8 still finds a message that is the object's own: it does not ask an accessor.
    Error.captureStackTrace(this, DOMException)
    Reflect.deleteProperty(this, 'message')
  }

  override get name (): string {
    return this.#name
  }

  override get message (): string {
    return this.#message
  }

  get code (): number {
    return codes[this.#name] ?? 0
  }
}

for (const member of ['name', 'message', 'code']) {
  Object.defineProperty(DOMException.prototype, member, { enumerable: true })
}
Object.defineProperty(DOMException.prototype, Symbol.toStringTag, { value: 'DOMException', configurable: true })
for (const [name, value] of constants) {
  Object.defineProperty(DOMException, name, { value, enumerable: true })
  Object.defineProperty(DOMException.prototype, name, { value, enumerable: true })
}
