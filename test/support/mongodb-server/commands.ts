import { bson, bytes, collectionOf, row, type Call, type Reply } from './call.ts'
import type { Cursors } from './cursors.ts'
import { duplicateOf } from './duplicate-keys.ts'
import { MongoError } from './errors.ts'
import { VERSION } from './hello.ts'
import { number, parseDocument, type Fields } from './wire.ts'
import { findAndModify, write } from './writes.ts'

type Handler = (call: Call) => Promise<Reply> | Reply

/** Those that a driver may repeat within its own session: each is carried out once. */
export const RETRYABLE = new Set(['insert', 'update', 'delete', 'findAndModify', 'findandmodify'])

/** Every command but those about sessions and the topology. */
export function commands (cursors: Cursors): Record<string, Handler> {
  const open: Handler = async call => await cursors.open(call)
  return {
    insert: write,
    update: write,
    delete: write,
    findAndModify,
    findandmodify: findAndModify,
    find: open,
    aggregate: open,
    listCollections: open,
    listIndexes: open,
    getMore: async call => await cursors.next(call),
    killCursors: async call => await cursors.kill(call),
    count: async call => await document(call, 'SELECT document AS reply FROM documentdb_api.count_query($1, $2)'),
    distinct: async call => await document(call, 'SELECT document AS reply FROM documentdb_api.distinct_query($1, $2)'),
    create: async call => await document(call, 'SELECT documentdb_api.create_collection_view($1, $2) AS reply'),
    createIndexes,
    dropIndexes: async call => {
      const reply = parseDocument(await document(call, 'CALL documentdb_api.drop_indexes($1, $2)', 'retval'))
      if (reply.errmsg !== undefined) throw new MongoError(number(reply.code) ?? 27, 'IndexNotFound', reply.errmsg as string)
      return { ...reply, ok: 1 }
    },
    collMod: async call => await named(call, 'SELECT documentdb_api.coll_mod($1, $2, $3) AS reply', [bson(call.command)]),
    collStats: async call => await named(call, 'SELECT documentdb_api.coll_stats($1, $2, $3) AS reply', [number(call.command.scale) ?? 1]),
    dbStats: async call => bytes((await row<{ reply: string }>(call, 'SELECT documentdb_api.db_stats($1, $2) AS reply', [call.db, number(call.command.scale) ?? 1])).reply),
    drop: async call => {
      await row(call, 'SELECT documentdb_api.drop_collection($1, $2)', [call.db, collectionOf(call)])
      return { ns: `${call.db}.${collectionOf(call)}`, ok: 1 }
    },
    dropDatabase: async call => {
      await row(call, 'SELECT documentdb_api.drop_database($1)', [call.db])
      return { dropped: call.db, ok: 1 }
    },
    renameCollection: async call => bytes((await row<{ reply: string }>(call, 'SELECT documentdb_api.rename_collection($1) AS reply', [bson(call.command)])).reply),
    listDatabases: async call => bytes((await row<{ reply: string }>(call, 'SELECT documentdb_api.list_databases($1) AS reply', [bson(call.command)])).reply),
    ping: async call => {
      await row(call, 'SELECT 1', [])
      return { ok: 1 }
    },
    buildInfo: () => ({ version: VERSION, versionArray: VERSION.split('.').map(Number), modules: ['documentdb'], maxBsonObjectSize: 16 * 2 ** 20, ok: 1 }),
    connectionStatus: () => ({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] }, ok: 1 })
  }
}

/** Within one transaction, so that it is there when the answer is; those who write to the collection wait meanwhile. */
async function createIndexes (call: Call): Promise<Reply> {
  const collection = collectionOf(call)
  try {
    const sql = 'SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2, true) AS reply'
    const { raw } = parseDocument(await document(call, sql)) as { raw?: { defaultShard?: Fields } }
    return { ...raw?.defaultShard, ok: 1 }
  } catch (error) {
    throw await duplicateOf(call.pool, { db: call.db, collection }, error) ?? error
  }
}

async function document (call: Call, sql: string, column = 'reply'): Promise<Buffer> {
  return bytes((await row<Record<string, string>>(call, sql, [call.db, bson(call.command)]))[column]!)
}

async function named (call: Call, sql: string, more: unknown[]): Promise<Buffer> {
  return bytes((await row<{ reply: string }>(call, sql, [call.db, collectionOf(call), ...more])).reply)
}
