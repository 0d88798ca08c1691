/** Where a text that continues no other one begins: the offset basis of FNV-1a. */
export const unseeded = 0x811c9dc5

/** FNV-1a of 32 bits, over UTF-16 units, on top of what has been hashed before: no defence, but a handful of nanoseconds. */
export function hashText (seed: number, text: string): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** MurmurHash3's finalizer: FNV's last characters reach few bits, and after this each one reaches all. From 0 to 2^32 - 1. */
export function mixHash (hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
