import type { DatabaseSync } from 'node:sqlite'
import { numberCursor } from '../cursor.ts'
import type { Page, PageRequest } from '../store.ts'

export type Key = ReadonlyArray<string | number>

/** A table of documents, each found by the columns of its key. Documents returned are copies. */
export interface Table<Document> {
  get: (...key: Key) => Document | null
  insert: (key: Key, document: Document) => Document
  update: (key: Key, document: Document) => Document
  delete: (...key: Key) => void
  /** By the last column of the key, among the rows that share the others. */
  page: (parent: Key, request: PageRequest) => Page<Document>
}

/** `order` says how pages go: `text` ascending by a text column, `newest` descending by a number. */
export function openTable<Document> (db: DatabaseSync, name: string, columns: readonly string[], order: 'text' | 'newest'): Table<Document> {
  const where = columns.map(column => `${column} = ?`).join(' AND ')
  const last = columns.at(-1)!
  const pageWhere = [...columns.slice(0, -1).map(column => `${column} = ?`), `${last} ${order === 'text' ? '>' : '<'} ?`].join(' AND ')
  const get = db.prepare(`SELECT document FROM ${name} WHERE ${where}`)
  const insert = db.prepare(`INSERT INTO ${name} (document, ${columns.join(', ')}) VALUES (?${', ?'.repeat(columns.length)})`)
  const update = db.prepare(`UPDATE ${name} SET document = ? WHERE ${where}`)
  const remove = db.prepare(`DELETE FROM ${name} WHERE ${where}`)
  const page = db.prepare(
    `SELECT document, ${last} AS cursor FROM ${name} WHERE ${pageWhere} ORDER BY ${last} ${order === 'text' ? 'ASC' : 'DESC'} LIMIT ?`
  )
  return {
    get: (...key) => {
      const row = get.get(...key)
      return row === undefined ? null : parse(row.document) as Document
    },
    insert: (key, document) => {
      const text = JSON.stringify(document)
      insert.run(text, ...key)
      return parse(text) as Document
    },
    update: (key, document) => {
      const text = JSON.stringify(document)
      update.run(text, ...key)
      return parse(text) as Document
    },
    delete: (...key) => { remove.run(...key) },
    page: (parent, { limit, after }) => {
      const from = order === 'text' ? after ?? '' : numberCursor(after)
      const rows = page.all(...parent, from, limit + 1)
      return {
        items: rows.slice(0, limit).map(row => parse(row.document) as Document),
        next: rows.length > limit ? String(rows[limit - 1]!.cursor) : null
      }
    }
  }
}

/** A column that holds JSON text. */
export function parse (text: unknown): unknown {
  return JSON.parse(text as string)
}
