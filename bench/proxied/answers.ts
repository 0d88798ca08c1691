/** What proxies are asked for. */
export interface ProxiedAnswer {
  path: string
  body: string
}

const largeBytes = 100_000
/** As many as the backend sends in chunks of 16 kB. */
const streamedBytes = 64 * 16_384

export const answers = {
  small: { path: '/small', body: '{"message":"Hello from an upstream","languages":["en","de","nl"],"ok":true}' },
  large: { path: '/large', body: jsonOf(largeBytes) },
  streamed: { path: '/streamed', body: jsonOf(streamedBytes) }
} as const satisfies Record<string, ProxiedAnswer>

/** The backend says there what it has been asked. */
export const seenPath = '/seen'

/** A list of products, of exactly so many bytes. */
function jsonOf (bytes: number): string {
  const items: string[] = []
  let length = '[]'.length
  for (let number = 0; length < bytes - 300; number++) {
    const item = JSON.stringify({ id: number, name: `Product ${number}`, price: number * 7 % 1_000 / 10, tags: ['new', 'sale'], isAvailable: number % 3 > 0 })
    items.push(item)
    length += item.length + ','.length
  }
  // Each item has counted a comma behind it, so that what is left is for one more, a text.
  const rest = bytes - length - '""'.length
  return `[${[...items, JSON.stringify('.'.repeat(rest))].join(',')}]`
}
