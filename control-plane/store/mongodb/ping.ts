import type { Collections } from './collections.ts'

/** Writing must be possible, and what is written must reach a majority. */
export function createPing ({ settings }: Pick<Collections, 'settings'>): () => Promise<void> {
  return async () => { await settings.updateOne({ _id: 'ping' }, { $set: { value: String(Date.now()) } }, { upsert: true }) }
}
