/**
 * What comes into the isolate, and what its two texts are. `call` and `callWithBytes`: head and body; `window`: what may be sent in
 * addition. Of an outbound request: `response` has head and body as text, `responseWithBytes` the head and a body that `receive` has
 * brought, `responseHead` the head of a body that comes in chunks, or of none where the second text is empty, `chunk` nothing, `fail` code
 * and message.
 */
export const inKinds = {
  call: 0, callWithBytes: 1, cancel: 2, window: 3, response: 4, responseWithBytes: 5, responseHead: 6, chunk: 7, end: 8, fail: 9, pull: 10
} as const
