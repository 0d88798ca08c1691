import { chmod, mkdir, open, readdir, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { schemaVersion } from '../../control-plane/store/sqlite/schema.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import { createGateway } from '../contract/documents.ts'

const clock = systemClock

t.test('the file and its companions are their owner\'s alone', async t => {
  const folder = t.testdir()
  const file = path.join(folder, 'store.db')
  await writeFile(file, '')
  await chmod(file, 0o644)
  const store = await openSqliteStore({ file, clock })
  t.teardown(() => store.close())
  await createGateway(store, 'shop')
  const files = await readdir(folder)
  t.strictSame(files.sort(), ['store.db', 'store.db-shm', 'store.db-wal'])
  for (const name of files) t.equal((await stat(path.join(folder, name))).mode & 0o777, 0o600, name)
})

t.test('a file that cannot be a store is refused with a reason, and left as it was', async t => {
  const folder = t.testdir({ 'text.db': 'This is a letter to a friend, and no database. '.repeat(30) })
  await mkdir(path.join(folder, 'folder.db'))
  const foreign = new DatabaseSync(path.join(folder, 'foreign.db'))
  foreign.exec('CREATE TABLE songs (title TEXT)')
  foreign.close()
  const refused = async (name: string, message: RegExp): Promise<void> => {
    await t.rejects(openSqliteStore({ file: path.join(folder, name), clock }), { name: 'StoreError', code: 'unavailable', message }, name)
  }
  await refused('text.db', /not a database/)
  await refused('folder.db', /EISDIR|directory/)
  await refused('nowhere/store.db', /ENOENT/)
  await refused('foreign.db', /foreign\.db is not a store of imprun/)
  t.match(new DatabaseSync(path.join(folder, 'foreign.db')).prepare('PRAGMA journal_mode').get(), { journal_mode: 'delete' })
})

t.test('a file of a newer imprun is refused, and its own opens again', async t => {
  const file = path.join(t.testdir(), 'store.db')
  const store = await openSqliteStore({ file, clock })
  await store.close()
  const setVersion = (version: string): void => {
    const db = new DatabaseSync(file)
    db.exec(`PRAGMA user_version = ${version}`)
    db.close()
  }
  setVersion('9999')
  await t.rejects(openSqliteStore({ file, clock }), { code: 'unavailable', message: /newer imprun \(schema 9999; this one knows \d+\)/ })
  setVersion(String(schemaVersion))
  const again = await openSqliteStore({ file, clock })
  t.equal(again.id, store.id)
  await again.close()
})

t.test('a damaged file is unavailable, not wrong', async t => {
  const file = path.join(t.testdir(), 'store.db')
  const store = await openSqliteStore({ file, clock })
  for (let index = 0; index < 50; index++) await createGateway(store, `shop${index}`)
  await store.close()
  const { size } = await stat(file)
  const db = new DatabaseSync(file, { readOnly: true })
  const pageSize = db.prepare('PRAGMA page_size').get()!.page_size as number
  db.close()
  // All but the first page, which says what the file is.
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(size - pageSize, 0x5a), 0, size - pageSize, pageSize)
  await handle.close()
  await t.rejects(async () => {
    const damaged = await openSqliteStore({ file, clock })
    t.teardown(() => damaged.close())
    await damaged.listGateways({ limit: 100, after: null })
  }, { code: 'unavailable', message: /malformed/ })
})

t.test('a store that another process keeps locked is unavailable, and back when it is let go', async t => {
  const file = path.join(t.testdir(), 'store.db')
  const store = await openSqliteStore({ file, clock })
  t.teardown(() => store.close())
  const other = new DatabaseSync(file)
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  await t.rejects(createGateway(store, 'shop'), { code: 'unavailable', message: /locked/ })
  t.equal(await store.getGateway('shop'), null, 'it is still read')
  other.exec('ROLLBACK')
  await createGateway(store, 'shop')
  await store.ping()
})

t.test('a store whose file was moved away says so', async t => {
  const file = path.join(t.testdir(), 'store.db')
  const store = await openSqliteStore({ file, clock })
  t.teardown(() => store.close())
  await store.ping()
  await rename(file, `${file}.away`)
  await t.rejects(store.ping(), { code: 'unavailable', message: /not the file that was opened/ })
  const other = await openSqliteStore({ file, clock })
  t.teardown(() => other.close())
  await t.rejects(store.ping(), { code: 'unavailable' })
  await t.rejects(Array.fromAsync(store.readFeed({ store: null, after: 0, environments: null })), { code: 'unavailable' })
})
