/** Numbers that look like chance and are the same for the same seed: what fails with one can be tried again. */
export interface Random {
  /** From 0 to below `end`. */
  integer: (end: number) => number
  pick: <Value>(values: readonly Value[]) => Value
}

/** Mulberry32. */
export function createRandom (seed: number): Random {
  let state = seed >>> 0
  const integer = (end: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ state >>> 15, state | 1)
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61)
    return Math.floor(((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32 * end)
  }
  return { integer, pick: values => values[integer(values.length)]! }
}
