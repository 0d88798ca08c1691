import { DatabaseError, type Pool } from 'pg'
import { MongoError } from './errors.ts'
import { parseDocument, type Fields } from './wire.ts'

/** What MongoDB tells of a duplicate key. */
interface DuplicateKey { errmsg: string, keyPattern?: Fields, keyValue?: Fields }

interface Index { name: string, key: Fields }

/** The extension names the index of a write error, PostgreSQL the constraint of a statement that failed. */
export function indexNamed (message: string): { name: string } | null {
  const name = /Index '([^']+)'/.exec(message)?.[1]
  return name === undefined ? null : { name }
}

/**
 * Describes it the way MongoDB does, the value included, so that whoever passes such an error on passes on the same here.
 * @param document what was to be written, where that is known
 */
export async function describeDuplicate (pool: Pool, namespace: { db: string, collection: string }, indexName: string, document?: Fields): Promise<DuplicateKey> {
  const { db, collection } = namespace
  const index = (await indexesOf(pool, db, collection)).find(({ name }) => name === indexName)
  const keyValue = index === undefined || document === undefined ? undefined : valuesAt(document, Object.keys(index.key))
  const shown = keyValue === undefined ? '' : ` dup key: ${JSON.stringify(keyValue)}`
  const errmsg = `E11000 duplicate key error collection: ${db}.${collection} index: ${indexName}${shown}`
  return { errmsg, ...(index !== undefined && { keyPattern: index.key }), ...(keyValue !== undefined && { keyValue }) }
}

/**
 * Of a whole command that failed for it: findAndModify, createIndexes. `null` when it failed for something else.
 * @param pool because the connection that failed may be in a transaction that can do nothing more
 */
export async function duplicateOf (pool: Pool, namespace: { db: string, collection: string }, error: unknown): Promise<MongoError | null> {
  if (!(error instanceof DatabaseError) || (error.code !== '23P01' && error.code !== '23505' && error.code !== 'M001C')) return null
  const name = indexNamed(error.message)?.name ?? await constraintName(pool, error)
  const hex = /=\(BSONHEX([0-9a-f]+),/.exec(error.detail ?? '')?.[1]
  const { errmsg, ...more } = await describeDuplicate(pool, namespace, name, hex === undefined ? undefined : parseDocument(Buffer.from(hex, 'hex')))
  return new MongoError(11000, 'DuplicateKey', errmsg, more)
}

async function indexesOf (pool: Pool, db: string, collection: string): Promise<Index[]> {
  const { rows } = await pool.query<{ name: string, key: string }>(`
    SELECT (index_spec).index_name AS name, (index_spec).index_key::text AS key FROM documentdb_api_catalog.collection_indexes
    JOIN documentdb_api_catalog.collections USING (collection_id) WHERE database_name = $1 AND collection_name = $2`, [db, collection])
  return rows.map(({ name, key }) => ({ name, key: parseDocument(Buffer.from(key.slice('BSONHEX'.length), 'hex')) }))
}

/** The table's own index is of `_id`; the name of any other ends in the number that the catalogue knows it by. */
async function constraintName (pool: Pool, error: DatabaseError): Promise<string> {
  const number = /documents_rum_index_(\d+)/.exec(error.constraint ?? '')?.[1]
  if (number === undefined) return '_id_'
  const { rows } = await pool.query<{ name: string }>('SELECT (index_spec).index_name AS name FROM documentdb_api_catalog.collection_indexes WHERE index_id = $1', [number])
  return rows[0]?.name ?? `index ${number}`
}

/** Where each path has exactly one value: of several in an array nobody says which one it was. */
function valuesAt (document: Fields, paths: string[]): Fields | undefined {
  const entries = paths.map(path => [path, path.split('.').reduce(step, [document])] as const)
  return entries.every(([, values]) => values.length === 1) ? Object.fromEntries(entries.map(([path, values]) => [path, values[0]])) : undefined
}

function step (values: unknown[], name: string): unknown[] {
  return values.flatMap(value => Array.isArray(value) ? value as unknown[] : [value])
    .map(value => typeof value === 'object' && value !== null ? (value as Fields)[name] : undefined).filter(value => value !== undefined)
}
