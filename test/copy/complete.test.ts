import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { archiveKinds } from '../../control-plane/store/copy/archive.ts'
import { sqlitePlace } from '../support/store-places.ts'

/** `changes` begin anew, and `clientKeys` follows from the clients. */
const notCopied = ['changes', 'clientKeys']

t.test('copies name every table and every column of the embedded store', async t => {
  const place = await sqlitePlace(t)
  await (await place.openStore()).close()
  const db = new DatabaseSync(place.file, { readOnly: true })
  t.teardown(() => db.close())
  const columns = db.prepare(`
    SELECT tables.name AS name, group_concat(columns.name, ' ' ORDER BY columns.name) AS columns
    FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' GROUP BY tables.name`).all()
  const copied = archiveKinds.map(kind => ({
    name: kind.name, columns: [...kind.key, ...kind.columns, ...kind.hasDocument ? ['document'] : [], ...kind.embedded].sort().join(' ')
  }))
  const byName = (a: { name?: unknown }, b: { name?: unknown }): number => String(a.name) < String(b.name) ? -1 : 1
  t.strictSame(columns.map(row => ({ ...row })).filter(({ name }) => !notCopied.includes(String(name))).sort(byName), copied.sort(byName))
})
