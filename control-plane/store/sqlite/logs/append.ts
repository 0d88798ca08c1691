import type { DatabaseSync } from 'node:sqlite'
import { logLevels, type LogBatch, type LogLine } from '#shared/logs.ts'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import { bytesOf } from '../../logs/lines.ts'
import type { EnvironmentRef } from '../../store.ts'
import type { LoggedEnvironment, LoggedEnvironments } from './environments.ts'

/** Edge workers that were heard last; a batch of one that is not among them may be stored twice. */
const maxOrigins = 10_000

/** @returns whose lines have come */
export type Append = (batch: LogBatch, now: number) => EnvironmentRef[]

export function prepareAppend (db: DatabaseSync, environments: LoggedEnvironments): Append {
  const isNew = prepareOrigins(db)
  const insert = db.prepare(`INSERT INTO lines (environment, number, time, level, functionName, versionId, requestId, bytes, message, fields)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const add = (environment: LoggedEnvironment, line: LogLine, now: number): void => {
    const bytes = bytesOf(line)
    environment.last++
    environment.bytes += bytes
    const time = Math.min(line.time, now)
    insert.run(environment.id, environment.last, time, logLevels.indexOf(line.level), line.functionName, line.versionId, line.requestId, bytes, line.message, line.fields)
  }
  return (batch, now) => {
    const touched = new Set<LoggedEnvironment>()
    inTransaction(db, () => {
      if (!isNew(batch)) return
      for (const line of batch.lines) {
        const environment = environments.findOrMake(line)
        add(environment, line, now)
        touched.add(environment)
      }
      for (const environment of touched) environments.save(environment)
    })
    return [...touched].map(({ gatewayId, environment }) => ({ gatewayId, environment }))
  }
}

/** Notes the batch, unless it or a later one of its origin is noted already. */
function prepareOrigins (db: DatabaseSync): (batch: LogBatch) => boolean {
  const advance = db.prepare('UPDATE origins SET sequence = ?1 WHERE origin = ?2 AND sequence < ?1')
  const add = db.prepare('INSERT INTO origins (origin, sequence) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const trim = db.prepare('DELETE FROM origins WHERE rowid <= (SELECT max(rowid) FROM origins) - ?')
  return ({ origin, sequence }) => {
    if (advance.run(sequence, origin).changes > 0) return true
    if (add.run(origin, sequence).changes === 0) return false
    trim.run(maxOrigins)
    return true
  }
}
