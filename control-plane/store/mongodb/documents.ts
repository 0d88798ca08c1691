import type { ClientSession, Document as BsonDocument, Filter } from 'mongodb'
import { numberCursor } from '../cursor.ts'
import type { Page, PageRequest } from '../store.ts'
import { decode, encode } from './codec.ts'
import type { AnyCollection, Keyed } from './collections.ts'
import { toPage } from './operations.ts'

/** A collection of documents as the store's callers know them: without `_id`, and without what is embedded in them. */
export interface Documents<Document> {
  find: (id: string, session?: ClientSession) => Promise<Document | null>
  /** Those that are there, in no order. */
  findAll: (ids: readonly string[], session: ClientSession) => Promise<Document[]>
  insert: (id: string, document: Document, session: ClientSession) => Promise<Document>
  /** What is embedded goes with the document that is replaced. */
  replace: (id: string, document: Document, session: ClientSession) => Promise<Document>
  /** Members that are not named stay as they are. */
  update: (id: string, members: Partial<Document>, session: ClientSession) => Promise<void>
  remove: (id: string, session: ClientSession) => Promise<void>
  /** By a member that is unique among those that `of` selects: `text` ascending, `newest` descending by a number. */
  page: (of: BsonDocument, member: string & keyof Document, order: 'text' | 'newest', request: PageRequest, session?: ClientSession) => Promise<Page<Document>>
}

/** @param embedded members that are never read along */
export function openDocuments<Document extends object> (collection: AnyCollection, embedded: readonly string[] = []): Documents<Document> {
  const projection = Object.fromEntries(['_id', ...embedded].map(member => [member, 0]))
  const read = (document: BsonDocument | null): Document | null => document === null ? null : decode(document) as Document
  return {
    find: async (id, session) => read(await collection.findOne({ _id: id }, { projection, ...(session && { session }) })),
    findAll: async (ids, session) => {
      if (ids.length === 0) return []
      return (await collection.find({ _id: { $in: [...ids] } }, { projection, session }).toArray()).map(document => read(document)!)
    },
    insert: async (id, document, session) => {
      await collection.insertOne({ _id: id, ...encode(document) }, { session })
      return document
    },
    replace: async (id, document, session) => {
      await collection.replaceOne({ _id: id }, encode(document), { session })
      return document
    },
    update: async (id, members, session) => { await collection.updateOne({ _id: id }, { $set: encode(members) as BsonDocument }, { session }) },
    remove: async (id, session) => { await collection.deleteOne({ _id: id }, { session }) },
    page: async (of, member, order, request, session) => {
      const { limit, after } = request
      // What is named by an `id` alone has it as its `_id`, whose index every deployment gives pages from in order.
      const path = member === 'id' ? '_id' : member
      const beyond = order === 'text' ? (after === null ? {} : { [path]: { $gt: after } }) : { [path]: { $lt: numberCursor(after) } }
      const found = await collection
        .find({ ...of, ...beyond } as Filter<BsonDocument & Keyed>, { projection, ...(session && { session }) })
        .sort({ [path]: order === 'text' ? 1 : -1 })
        .limit(limit + 1)
        .toArray()
      return toPage(found.map(document => read(document)!), request, item => String(item[member]))
    }
  }
}
