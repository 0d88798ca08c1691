/** So many at a time, and so many of one owner; those who wait get their turns owner by owner. */
export interface Slots {
  use: <Result>(owner: string, work: () => Promise<Result>) => Promise<Result>
}

/** However much one owner has waiting, the next slot that is free is another one's. */
export function createSlots ({ count, perOwner }: { count: number, perOwner: number }): Slots {
  /** Who waits, by owner; the owner who had a turn last comes last. */
  const waiting = new Map<string, Array<() => void>>()
  const taken = new Map<string, number>()
  let free = count

  const takenBy = (owner: string): number => taken.get(owner) ?? 0
  const take = (owner: string): void => {
    free--
    taken.set(owner, takenBy(owner) + 1)
  }
  const giveBack = (owner: string): void => {
    free++
    if (takenBy(owner) === 1) taken.delete(owner)
    else taken.set(owner, takenBy(owner) - 1)
    handOn()
  }
  const handOn = (): void => {
    for (const [owner, queue] of waiting) {
      if (free === 0) return
      if (takenBy(owner) >= perOwner) continue
      const begin = queue.shift()!
      waiting.delete(owner)
      if (queue.length > 0) waiting.set(owner, queue)
      take(owner)
      return begin()
    }
  }
  const wait = async (owner: string): Promise<void> => {
    await new Promise<void>(resolve => {
      const queue = waiting.get(owner)
      if (queue === undefined) waiting.set(owner, [resolve])
      else queue.push(resolve)
    })
  }
  return {
    use: async (owner, work) => {
      if (free > 0 && takenBy(owner) < perOwner) take(owner)
      else await wait(owner)
      try {
        return await work()
      } finally {
        giveBack(owner)
      }
    }
  }
}
