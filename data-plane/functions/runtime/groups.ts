/**
 * The web-standard globals of a function, by the group of code that makes them. The first read of any name of a group
 * evaluates that group and no other, so what a call does not touch costs it nothing. A group is split from its neighbours
 * where one is much cheaper or much oftener used than the other.
 */
export const groups = {
  timers: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'queueMicrotask', 'performance'],
  console: ['console'],
  crypto: ['crypto', 'Crypto', 'SubtleCrypto'],
  text: ['TextEncoder', 'TextDecoder', 'atob', 'btoa'],
  url: ['URL', 'URLSearchParams'],
  'dom-exception': ['DOMException'],
  events: ['Event', 'EventTarget', 'CustomEvent', 'AbortController', 'AbortSignal'],
  'structured-clone': ['structuredClone'],
  blob: ['Blob', 'File'],
  streams: [
    'ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamBYOBReader', 'ReadableStreamDefaultController',
    'ReadableByteStreamController', 'ReadableStreamBYOBRequest', 'WritableStream', 'WritableStreamDefaultWriter',
    'WritableStreamDefaultController', 'TransformStream', 'TransformStreamDefaultController', 'ByteLengthQueuingStrategy',
    'CountQueuingStrategy'
  ],
  'text-streams': ['TextDecoderStream', 'TextEncoderStream'],
  fetch: ['fetch', 'Headers', 'Request', 'Response', 'FormData'],
  /** Not a global: the tables behind URLs whose host is not ASCII. */
  idna: [],
  /** Not a global: the tables behind `new TextDecoder('gb18030')` and its like. */
  'legacy-encodings': []
} as const satisfies Record<string, readonly string[]>

export type GroupName = keyof typeof groups

export const groupNames = Object.keys(groups) as GroupName[]
