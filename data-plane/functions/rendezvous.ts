/**
 * Rendezvous hashing: the slot for which this key draws the highest number. A gateway keeps its sandbox whoever asks, and where the
 * number of slots changes only the gateways move that have to.
 */
export function chooseSlot (key: string, slots: number): number {
  let best = 0
  let highest = -1
  for (let slot = 0; slot < slots; slot++) {
    const drawn = hash(key, slot)
    if (drawn <= highest) continue
    highest = drawn
    best = slot
  }
  return best
}

/** FNV-1a, then the final mix of MurmurHash3: without it neighbouring slots draw numbers that are too much alike. */
function hash (key: string, slot: number): number {
  let value = 0x811c9dc5 ^ slot
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
