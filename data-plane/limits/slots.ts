/**
 * A sliding window, as numbers in slots of a twentieth of its length: number of the slot and what was counted in it, in turn, oldest first.
 * A slot counts whole until all of it is older than the window. So no window of that length ever holds more than it may, and what is
 * counted stays for a twentieth longer at the most.
 */
export const slotsPerWindow = 20

export function slotOf (now: number, windowMs: number): number {
  return Math.floor(now / (windowMs / slotsPerWindow))
}

/** What of them still counts. Slots of the future are of a clock that was set back since. */
export function readSlots (kept: readonly number[], current: number): { slots: number[], count: number } {
  const slots: number[] = []
  let count = 0
  for (let at = 0; at < kept.length; at += 2) {
    const slot = kept[at]!
    if (slot < current - slotsPerWindow || slot > current) continue
    slots.push(slot, kept[at + 1]!)
    count += kept[at + 1]!
  }
  return { slots, count }
}

/** Changes the slots in place. What is given back is taken from the newest. */
export function addSlots (slots: number[], current: number, delta: number): void {
  if (delta < 0) return giveBack(slots, -delta)
  if (delta === 0) return
  if (slots.at(-2) === current) slots[slots.length - 1]! += delta
  else slots.push(current, delta)
}

function giveBack (slots: number[], amount: number): void {
  let left = amount
  while (left > 0 && slots.length > 0) {
    const newest = slots.at(-1)!
    if (newest > left) {
      slots[slots.length - 1] = newest - left
      return
    }
    left -= newest
    slots.length -= 2
  }
}

/** Milliseconds until so much of what is counted is too old to count, at least 1. Where there is not so much of it: until all is. */
export function waitForRoom (slots: readonly number[], wanted: number, windowMs: number, now: number): number {
  if (slots.length === 0) return windowMs
  let freed = 0
  let last = slots[0]!
  for (let at = 0; at < slots.length && freed < wanted; at += 2) {
    last = slots[at]!
    freed += slots[at + 1]!
  }
  return Math.max(1, (last + slotsPerWindow + 1) * (windowMs / slotsPerWindow) - now)
}
