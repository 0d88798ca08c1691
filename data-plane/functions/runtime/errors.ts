import { scope } from './scope.ts'
import type { DOMException } from './globals/dom-exception.ts'

/** A `DOMException` to throw, whatever tenant code made of the global. */
export function domException (message: string, name: string): DOMException {
  return new (scope.use('dom-exception').DOMException)(message, name)
}
