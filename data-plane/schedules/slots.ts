/** So many at a time; the others wait in the order in which they came. */
export interface Slots {
  use: <Result>(work: () => Promise<Result>) => Promise<Result>
}

export function createSlots (count: number): Slots {
  const waiting: Array<() => void> = []
  let free = count
  return {
    use: async work => {
      if (free > 0) free--
      else await new Promise<void>(resolve => waiting.push(resolve))
      try {
        return await work()
      } finally {
        // Handed on, so that nobody who comes now is before those who wait.
        const next = waiting.shift()
        if (next === undefined) free++
        else next()
      }
    }
  }
}
