/** What happens, in order, for whoever waits for the next of it. */
export interface Queue<Item> {
  push: (item: Item) => void
  next: () => Promise<Item>
}

export function createQueue<Item> (): Queue<Item> {
  const items: Item[] = []
  const waiting: Array<(item: Item) => void> = []
  return {
    push: item => {
      const resolve = waiting.shift()
      if (resolve === undefined) items.push(item)
      else resolve(item)
    },
    next: async () => items.length > 0 ? items.shift()! : await new Promise(resolve => waiting.push(resolve))
  }
}
