import type { PoolClient } from 'pg'
import { bson, bytes, collectionOf, row, type Call, type Reply } from './call.ts'
import { MongoError } from './errors.ts'
import type { Fields } from './wire.ts'

/** A cursor that was opened and not read to its end. */
interface Cursor {
  db: string
  /** What PostgreSQL needs to go on. */
  continuation: Buffer
  /** The connection that it lives in: its own, or a transaction's. `null`: in none. */
  client: PoolClient | null
  /** Whether that connection has to be given back. */
  ownsClient: boolean
  timer: NodeJS.Timeout
}

interface FirstPage { cursorpage: string, continuation: string | null, persistconnection: boolean, cursorid: string }

interface NextPage { cursorpage: string, continuation: string | null }

/** MongoDB's own. */
const IDLE_TIMEOUT_MS = 600_000

const FIRST_PAGES: Record<string, string> = {
  find: 'find_cursor_first_page',
  aggregate: 'aggregate_cursor_first_page',
  listCollections: 'list_collections_cursor_first_page',
  listIndexes: 'list_indexes_cursor_first_page'
}

/** All cursors of the server, by their number. */
export class Cursors {
  readonly #open = new Map<string, Cursor>()

  /** The first page of a command that opens one; where it does not fit in one page, the rest is kept. */
  async open (call: Call): Promise<Reply> {
    const sql = `SELECT * FROM documentdb_api.${FIRST_PAGES[call.name]!}($1, $2)`
    const page = await row<FirstPage>(call, sql, [call.db, bson(call.command)])
    if (page.continuation !== null && page.cursorid !== '0') {
      const client = page.persistconnection ? call.client : null
      call.keepClient = client !== null && !call.inTransaction
      const timer = setTimeout(() => { void this.#end(page.cursorid) }, IDLE_TIMEOUT_MS).unref()
      this.#open.set(page.cursorid, { db: call.db, continuation: bytes(page.continuation), client, ownsClient: call.keepClient, timer })
    }
    return bytes(page.cursorpage)
  }

  /** The connection that the next page has to come from; `null`: any. */
  clientFor (id: unknown): PoolClient | null {
    return this.#open.get(String(id))?.client ?? null
  }

  async next (call: Call): Promise<Reply> {
    const id = String(call.command.getMore)
    const cursor = this.#open.get(id)
    if (cursor === undefined || cursor.db !== call.db) throw new MongoError(43, 'CursorNotFound', `cursor id ${id} not found`)
    collectionOf(call)
    call.keepClient = cursor.ownsClient
    cursor.timer.refresh()
    try {
      const sql = 'SELECT * FROM documentdb_api.cursor_get_more($1, $2, $3)'
      const page = await row<NextPage>(call, sql, [call.db, bson(call.command), cursor.continuation])
      if (page.continuation === null) await this.#end(id)
      else cursor.continuation = bytes(page.continuation)
      return bytes(page.cursorpage)
    } catch (error) {
      await this.#end(id)
      throw error
    }
  }

  async kill (call: Call): Promise<Fields> {
    const cursorsKilled: unknown[] = []
    const cursorsNotFound: unknown[] = []
    for (const id of call.command.cursors as unknown[]) (await this.#end(String(id)) ? cursorsKilled : cursorsNotFound).push(id)
    return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 }
  }

  /** What lives in this connection ends with it. */
  forget (client: PoolClient): void {
    for (const [id, cursor] of this.#open) {
      if (cursor.client !== client) continue
      clearTimeout(cursor.timer)
      this.#open.delete(id)
    }
  }

  async close (): Promise<void> {
    await Promise.all([...this.#open.keys()].map(async id => await this.#end(id)))
  }

  async #end (id: string): Promise<boolean> {
    const cursor = this.#open.get(id)
    if (cursor === undefined) return false
    this.#open.delete(id)
    clearTimeout(cursor.timer)
    if (cursor.ownsClient && cursor.client !== null) {
      const failed = await cursor.client.query('CLOSE ALL').then(() => false, () => true)
      cursor.client.release(failed)
    }
    return true
  }
}
