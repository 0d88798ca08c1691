import type { Page, PageRequest } from './store.ts'

const itemsPerPage = 200

/** All pages of a list, one after the other; what is written meanwhile may be in it or not. */
export async function readAll<Item> (read: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = []
  for (let after: string | null = null; ;) {
    const page = await read({ limit: itemsPerPage, after })
    items.push(...page.items)
    if (page.next === null) return items
    after = page.next
  }
}
