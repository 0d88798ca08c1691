/**
 * What the operations of one function on its key-value store may cost that are on their way from one sandbox; further ones wait inside the
 * isolate, in the tenant's own memory. The harness keeps to it, and the process checks that it did.
 */
export const kvWindow = 128

/** An answer may have a value of 64 kB, and a list about as much for each hundred of its keys. */
export function listCost (limit: number): number {
  return 1 + Math.floor(limit / 100)
}
