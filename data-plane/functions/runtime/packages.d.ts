/** Packages that come without types, as far as they are used. */
declare module 'whatwg-url/webidl2js-wrapper.js' {
  interface Interface { install: (realm: object, exposedTo: string[]) => void }
  export const URL: Interface
  export const URLSearchParams: Interface
}

declare module 'tr46' {
  export function toASCII (domain: string, options: object): string | null
}

declare module 'undici/lib/web/webidl/index.js' {
  type Is = (value: unknown) => boolean
  export const webidl: {
    is: Record<'Blob' | 'URLSearchParams' | 'FormData' | 'BufferSource' | 'Request' | 'Response', Is>
    brandCheck: (value: unknown, brand: Is) => void
  }
}

declare module 'undici/lib/web/fetch/headers.js' {
  export class HeadersList {
    append (name: string, value: string, isLowerCase: boolean): void
    readonly entriesList: Array<[name: string, value: string]>
  }
  export const Headers: typeof globalThis.Headers
}

declare module 'undici/lib/web/fetch/util.js' {
  import type { HeadersList } from 'undici/lib/web/fetch/headers.js'

  export interface MimeType { essence: string }
  export interface InnerMessage {
    headersList: HeadersList
    /** What the body module makes, which stands in `fetch/undici-body.ts` here. */
    body?: unknown
  }
  export function extractMimeType (headers: HeadersList): MimeType | 'failure'
}

declare module 'undici/lib/web/fetch/data-url.js' {
  import type { MimeType } from 'undici/lib/web/fetch/util.js'

  export function serializeAMimeType (type: MimeType): string
}

declare module 'undici/lib/web/fetch/formdata.js' {
  export class FormData extends globalThis.FormData {}
  export interface FormEntry { name: string, value: string | File }
  export function setFormDataState (form: FormData, entries: FormEntry[]): void
}

declare module 'undici/lib/web/fetch/formdata-parser.js' {
  import type { FormEntry } from 'undici/lib/web/fetch/formdata.js'
  import type { MimeType } from 'undici/lib/web/fetch/util.js'

  export function multipartFormDataParser (bytes: Uint8Array, type: MimeType): FormEntry[]
}

declare module 'undici/lib/web/fetch/request.js' {
  import type { InnerMessage } from 'undici/lib/web/fetch/util.js'

  export class Request extends globalThis.Request {}
  export function makeRequest (init: object): InnerMessage
  export function fromInnerRequest (inner: InnerMessage, dispatcher: undefined, signal: AbortSignal, guard: 'immutable'): Request
  export function getRequestState (request: Request): InnerMessage & {
    method: string
    urlList: Array<{ href: string }>
    redirect: 'follow' | 'error' | 'manual'
    integrity: string
  }
}

declare module 'undici/lib/web/fetch/response.js' {
  import type { InnerMessage } from 'undici/lib/web/fetch/util.js'

  export class Response extends globalThis.Response {}
  export function getResponseState (response: Response): InnerMessage & { status: number }
  export function makeResponse (init: object): InnerMessage & { urlList: Array<{ href: string }> }
  export function fromInnerResponse (inner: InnerMessage, guard: 'immutable'): Response
}

// Has types, of which its `exports` say nothing.
declare module 'event-target-shim' {
  export const Event: typeof globalThis.Event
  export type Event = globalThis.Event
  export const EventTarget: typeof globalThis.EventTarget
  export function getEventAttributeValue (target: object, type: string): unknown
  export function setEventAttributeValue (target: object, type: string, callback: unknown): void
  export function setErrorHandler (handler: (error: unknown) => void): void
  export function setWarningHandler (handler: () => void): void
}
