import type { Document as BsonDocument } from 'mongodb'
import type { AnyCollection } from './collections.ts'

/** Deletes so many of the documents at most that match. Resolves with how many it were. */
export async function forgetSome (collection: AnyCollection, over: BsonDocument, limit: number): Promise<number> {
  // A limit of 0 would be none.
  if (limit <= 0) return 0
  const found = await collection.find(over, { projection: { _id: 1 } }).limit(limit).toArray()
  if (found.length === 0) return 0
  const { deletedCount } = await collection.deleteMany({ ...over, _id: { $in: found.map(({ _id }) => _id) } })
  return deletedCount
}
