/** In the order in which they are taken where a client likes them equally. */
export const standardEncodings: readonly Encoding[] = ['br', 'zstd', 'gzip']
export type Encoding = 'br' | 'zstd' | 'gzip'

/** What is text in other words. Streams of events are not: each is to arrive when it is sent, and most are too small to gain. */
export const standardTypes: readonly string[] = [
  'text/*', 'application/json', 'application/*+json', 'application/x-ndjson', 'application/javascript', 'application/xml', 'application/*+xml',
  'application/wasm', 'image/svg+xml'
]
export const standardMinBytes = 1_024
/** Where the time that one more level takes begins to outgrow what it saves. */
export const standardLevels: Readonly<Record<Encoding, number>> = { br: 4, zstd: 3, gzip: 6 }
