/**
 * What comes into the isolate, and what its two texts are. `call` and `callWithBytes`: head and body; `window`: what may be sent in
 * addition; `kv`: the number of an operation, and JSON of its `KvAnswer`. Of an outbound request: `response` has head and body as text, `responseWithBytes` the head and a body that `receive` has
 * brought, `responseHead` the head of a body that comes in chunks, or of none where the second text is empty, `chunk` nothing, `fail` code
 * and message.
 */
export const inKinds = {
  call: 0, callWithBytes: 1, cancel: 2, window: 3, kv: 4, response: 5, responseWithBytes: 6, responseHead: 7, chunk: 8, end: 9, fail: 10, pull: 11
} as const
