import { hash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'

/** What a replica says of itself. */
export interface Meta {
  /** `null`: nothing that is held can be built upon. */
  store: string | null
  revision: number
  /** Names of environments as JSON, sorted; `null`: all. */
  scope: string | null
  /** The sum of the sums of all rows; triggers keep it. */
  contents: number
}

export function readMeta (db: DatabaseSync): Meta & { sum: number } {
  const { store, revision, scope, contents, sum } = db.prepare('SELECT store, revision, scope, contents, sum FROM meta').get()!
  return {
    store: store as string | null, revision: Number(revision), scope: scope as string | null, contents: Number(contents), sum: Number(sum)
  }
}

/** To be the last thing in a transaction: it seals what the triggers have added up. */
export function writeMeta (db: DatabaseSync, change: Partial<Pick<Meta, 'store' | 'revision' | 'scope'>>): void {
  const meta = { ...readMeta(db), ...change }
  db.prepare('UPDATE meta SET store = ?, revision = ?, scope = ?, sum = ?').run(meta.store, meta.revision, meta.scope, metaSum(meta))
}

export function metaSum ({ store, revision, scope, contents }: Meta): number {
  return Number.parseInt(hash('sha256', JSON.stringify([store, revision, scope, contents]), 'hex').slice(0, 12), 16)
}
