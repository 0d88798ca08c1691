import { randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Logger } from '#shared/log.ts'
import { quotaRetainedMs, type QuotaRef, type QuotaUse } from '#shared/quotas.ts'
import { inTransaction } from '#shared/sqlite-transaction.ts'

/** What this data plane has spent of quotas, on its disk: several supervisors may write it at a time, as when one follows another. */
export interface Ledger {
  /** Whose sums these are; another one where the file was lost. */
  readonly id: string
  /** `null`: nothing is known of it. */
  read: (quota: QuotaRef) => LedgerEntry | null
  /** On the disk when it returns, all or none. @returns what is known of each then */
  add: (spendings: readonly Spending[]) => LedgerEntry[]
  /** Those of which the control plane has not been told all. */
  unreported: (limit: number) => QuotaUse[]
  /** They have been reported with these sums, and others have spent so much. */
  noteReported: (uses: readonly QuotaUse[], others: readonly number[]) => void
  /** Periods that ended long before. */
  forget: (now: number) => void
  close: () => void
}

export interface LedgerEntry {
  /** By this data plane. */
  spent: number
  returned: number
  /** By others, as it was told last. */
  others: number
}

export interface Spending extends QuotaRef {
  endsAt: number
  spent: number
  returned: number
}

export function ledgerFile (dataDir: string): string {
  return path.join(dataDir, 'quotas.sqlite')
}

/** Where the file cannot be used it is put aside, and an empty one takes its place: the control plane has what was reported. */
export function openUsableLedger (file: string, logger: Logger): Ledger {
  try {
    return openLedger(file)
  } catch (err) {
    const kept = `${file}.unusable`
    logger.error({ err, kept }, 'what was spent of quotas cannot be read; what the control plane had not been told is lost')
    renameSync(file, kept)
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
    return openLedger(file)
  }
}

export function openLedger (file: string): Ledger {
  const db = new DatabaseSync(file, { timeout: 2_000 })
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS ledger (id TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS uses (
      gatewayId TEXT NOT NULL, environment TEXT NOT NULL, subject TEXT NOT NULL, period TEXT NOT NULL, endsAt INTEGER NOT NULL,
      spent INTEGER NOT NULL, returned INTEGER NOT NULL, others INTEGER NOT NULL DEFAULT 0, reportedSpent INTEGER NOT NULL DEFAULT 0, reportedReturned INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (gatewayId, environment, subject, period)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS unreported ON uses (endsAt) WHERE spent <> reportedSpent OR returned <> reportedReturned;
  `)
  db.prepare('INSERT INTO ledger (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM ledger)').run(randomUUID())
  const id = String(db.prepare('SELECT id FROM ledger').get()!.id)
  const place = 'gatewayId = ? AND environment = ? AND subject = ? AND period = ?'
  const select = db.prepare(`SELECT spent, returned, others FROM uses WHERE ${place}`)
  const upsert = db.prepare(`
    INSERT INTO uses (gatewayId, environment, subject, period, endsAt, spent, returned) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET spent = spent + excluded.spent, returned = returned + excluded.returned RETURNING spent, returned, others`)
  const unreported = db.prepare(`
    SELECT gatewayId, environment, subject, period, endsAt, spent, returned FROM uses WHERE spent <> reportedSpent OR returned <> reportedReturned ORDER BY endsAt LIMIT ?`)
  const note = db.prepare(`
    INSERT INTO uses (gatewayId, environment, subject, period, endsAt, spent, returned, others) VALUES (?, ?, ?, ?, ?, 0, 0, ?)
    ON CONFLICT DO UPDATE SET others = excluded.others, reportedSpent = max(reportedSpent, ?), reportedReturned = max(reportedReturned, ?)`)
  const forget = db.prepare('DELETE FROM uses WHERE endsAt < ?')
  return {
    id,
    read: quota => (select.get(...columns(quota)) as unknown as LedgerEntry | undefined) ?? null,
    add: spendings => inTransaction(db, () => spendings.map(use => upsert.get(...columns(use), use.endsAt, use.spent, use.returned) as unknown as LedgerEntry)),
    unreported: limit => unreported.all(limit).map(row => ({ ...row }) as unknown as QuotaUse),
    noteReported: (uses, others) => inTransaction(db, () => uses.forEach((use, i) => note.run(...columns(use), use.endsAt, others[i] ?? 0, use.spent, use.returned))),
    forget: now => { forget.run(now - quotaRetainedMs) },
    close: () => db.close()
  }
}

function columns ({ gatewayId, environment, subject, period }: QuotaRef): [string, string, string, string] {
  return [gatewayId, environment, subject, period]
}
