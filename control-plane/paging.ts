import { Type, type Static, type TSchema } from 'typebox'
import { invalidField } from './field-errors.ts'
import type { Page, PageRequest } from './store/store.ts'

/** Lists are read by cursor: a page begins after the last thing of the page before, whatever was added or removed meanwhile. */
export const pageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'At most so many items.' })),
  cursor: Type.Optional(Type.String({ maxLength: 1_000, description: 'The `nextCursor` of the page before.' }))
}, { additionalProperties: false })

export type PageQuery = Static<typeof pageQuery>

export function pageSchema<Item extends TSchema> (title: string, item: Item) {
  return Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'Where the next page begins; `null` on the last one.' })
  }, { title, description: 'A page of the list.' })
}

/** @throws {Problem} `validation_failed` for a cursor that none of these lists has given out */
export function readPage ({ limit = 50, cursor }: PageQuery): PageRequest {
  if (cursor === undefined) return { limit, after: null }
  const after = Buffer.from(cursor, 'base64url').toString('utf8')
  // What is decoded leniently is encoded strictly: only texts that come back the same were ours.
  if (after === '' || encodeCursor(after) !== cursor || !/^[\x21-\x7e]+$/.test(after)) {
    throw invalidField('/query/cursor', 'must be the nextCursor of the page before')
  }
  return { limit, after }
}

export function toPage<Document, Item> (page: Page<Document>, represent: (document: Document) => Item): { items: Item[], nextCursor: string | null } {
  return { items: page.items.map(represent), nextCursor: page.next === null ? null : encodeCursor(page.next) }
}

function encodeCursor (after: string): string {
  return Buffer.from(after, 'utf8').toString('base64url')
}
