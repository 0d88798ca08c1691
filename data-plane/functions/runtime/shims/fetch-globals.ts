import { EncodedText } from '../fetch/encoded-text.ts'
import { Bytes } from '../fetch/bytes.ts'
import { lazyClass } from './lazy-class.ts'

// What undici's classes find under the names of globals. Tenant code may have replaced the globals themselves.

export const AbortController = lazyClass('events', 'AbortController')
export const AbortSignal = lazyClass('events', 'AbortSignal')
export const Blob = lazyClass('blob', 'Blob')
export const File = lazyClass('blob', 'File')
export const ReadableStream = lazyClass('streams', 'ReadableStream')
export const TransformStream = lazyClass('streams', 'TransformStream')
export const URL = lazyClass('url', 'URL')
export const URLSearchParams = lazyClass('url', 'URLSearchParams')
export const DOMException = lazyClass('dom-exception', 'DOMException')

/** Nothing is an instance. */
export const MessagePort = Object.assign(() => {}, { prototype: {} })

/** Isolates have none, for it would run code outside of any call; what it would clean up goes when the call's objects go. */
export class FinalizationRegistry {
  register (): void {}
  unregister (): void {}
}

export { Bytes as Buffer }

/** Asked for in one place, `Response.json()`: see `EncodedText`. */
export class TextEncoder {
  encode (text: string): EncodedText {
    return new EncodedText(text)
  }
}

export { TextDecoder } from './text-codecs.ts'

/** Asked to warn of a method `patch` in lower case. */
export const process = { emitWarning: (): void => {} }
