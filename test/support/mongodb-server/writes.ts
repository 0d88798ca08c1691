import { bson, bytes, collectionOf, row, type Call, type Reply } from './call.ts'
import { describeDuplicate, duplicateOf, indexNamed } from './duplicate-keys.ts'
import { codeOf, MongoError, unpackSqlState } from './errors.ts'
import { number, parseDocument, type Fields } from './wire.ts'

interface Written { p_result: string, p_success: boolean }

type Write = 'insert' | 'update' | 'delete'

/** insert, update, delete: a command is one PostgreSQL transaction, in which each statement that fails is undone alone. */
export async function write (call: Call): Promise<Reply> {
  const sql = `SELECT * FROM documentdb_api.${call.name as Write}($1, $2)`
  const { p_result: result, p_success: success } = await row<Written>(call, sql, [call.db, bson(call.command)])
  if (success) return bytes(result)
  const reply = parseDocument(bytes(result))
  const errors = await Promise.all((reply.writeErrors as Fields[]).map(async error => await writeError(call, error)))
  const conflict = errors.find(({ code }) => code === 112)
  if (conflict !== undefined) throw new MongoError(112, 'WriteConflict', String(conflict.errmsg))
  return { ...reply, writeErrors: errors }
}

export async function findAndModify (call: Call): Promise<Reply> {
  try {
    return bytes((await row<Written>(call, 'SELECT * FROM documentdb_api.find_and_modify($1, $2)', [call.db, bson({ ...call.command, findAndModify: collectionOf(call) })])).p_result)
  } catch (error) {
    throw await duplicateOf(call.pool, { db: call.db, collection: collectionOf(call) }, error) ?? error
  }
}

async function writeError (call: Call, error: Fields): Promise<Fields> {
  const [code] = codeOf(unpackSqlState(number(error.code)!))
  const index = indexNamed(String(error.errmsg))
  if (code !== 11000 || index === null) return { ...error, code }
  const inserted = call.name === 'insert' ? (call.command.documents as Fields[])[number(error.index)!] : undefined
  return { ...error, code, ...await describeDuplicate(call.pool, { db: call.db, collection: collectionOf(call) }, index.name, inserted) }
}
