'use strict'

// The part of `undici/lib/core/util.js` that the classes of the Fetch Standard ask for. The rest of that module is Node's
// sockets, streams and timers.

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const normalizedMethodRecordsBase = { __proto__: null }
for (const method of ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']) {
  normalizedMethodRecordsBase[method] = method
  normalizedMethodRecordsBase[method.toLowerCase()] = method
}

module.exports = {
  kEnumerableProperty: { __proto__: null, enumerable: true },
  normalizedMethodRecordsBase,
  normalizedMethodRecords: { __proto__: null, ...normalizedMethodRecordsBase, patch: 'patch', PATCH: 'PATCH' },
  isValidHTTPToken: text => token.test(text),
  /** A property of `web-streams-polyfill`'s streams; it has no other way to ask. */
  isDisturbed: stream => stream._disturbed,
  setHeader: (headers, name, value) => {
    Object.defineProperty(headers, name, { value, configurable: true, enumerable: true, writable: true })
  },
  bufferToLowerCasedHeaderName: bytes => bytes.toString('latin1').toLowerCase(),
  addAbortListener: (signal, listener) => {
    signal.addEventListener('abort', listener, { once: true })
    return () => signal.removeEventListener('abort', listener)
  }
}
