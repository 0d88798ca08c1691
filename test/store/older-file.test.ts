import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { systemClock as clock } from '#shared/clock.ts'
import { applicationId, schemaSteps } from '../../control-plane/store/sqlite/schema.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import { cloudFunction, deployment, gateway, ref, route, version } from '../contract/documents.ts'

/** A file as the first imprun wrote it: dev serves its third release. */
function writeFirst (file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  db.exec(schemaSteps[0]!)
  db.exec(`PRAGMA application_id = ${applicationId}`)
  const insert = (table: string, columns: Record<string, string | number>): void => {
    db.prepare(`INSERT INTO ${table} (${Object.keys(columns).join(', ')}) VALUES (${Object.keys(columns).map(() => '?').join(', ')})`).run(...Object.values(columns))
  }
  insert('settings', { name: 'storeId', document: JSON.stringify({ name: 'storeId', value: 'the-id' }) })
  insert('changes', { revision: 7, at: '2026-01-01T00:00:00.000Z', touched: '[]' })
  insert('gateways', { id: 'shop', document: JSON.stringify({ ...gateway('shop'), revision: 1 }) })
  for (const [name, release] of [['dev', 3], ['prod', null]] as const) {
    const document = { gatewayId: 'shop', name, config: { plugins: {} }, release, createdAt: '', updatedAt: '', revision: 7 }
    insert('environments', { gatewayId: 'shop', name, document: JSON.stringify(document) })
  }
  const { files, bundle, sourceMap, ...summary } = version('shop', 'list', 'v1')
  insert('functions', { gatewayId: 'shop', name: 'list', document: JSON.stringify({ ...cloudFunction('shop', 'list', 'v1'), revision: 7 }) })
  insert('functionVersions', {
    gatewayId: 'shop', functionName: 'list', id: 'v1', number: 1, document: JSON.stringify({ ...summary, number: 1 }),
    bundle: JSON.stringify(bundle), sourceMap: JSON.stringify(sourceMap), files: JSON.stringify(files)
  })
  for (const number of [1, 2, 3]) {
    const { basedOn: _later, ...document } = deployment('dev', [route('list', 'v1')], null)
    insert('releases', { gatewayId: 'shop', environment: 'dev', number, document: JSON.stringify({ gatewayId: 'shop', number, ...document }) })
  }
  return db
}

for (let schema = 1; schema <= schemaSteps.length; schema++) {
  t.test(`a file of schema ${schema} gets what it lacks, and keeps what it has`, async t => {
    const file = path.join(t.testdir(), 'store.db')
    const db = writeFirst(file)
    for (const step of schemaSteps.slice(1, schema)) db.exec(step)
    db.exec(`PRAGMA user_version = ${schema}`)
    db.close()
    const store = await openSqliteStore({ file, clock })
    t.teardown(() => store.close())
    t.equal(store.id, 'the-id')
    t.equal(await store.revision(), 7)
    t.match(await store.getEnvironment('shop', 'dev'), { release: 3, lastRelease: 3, canary: null, lastCanary: null, previews: [] })
    t.match(await store.getEnvironment('shop', 'prod'), { release: null, lastRelease: 0 })
    t.match(await store.listReleases(ref('shop', 'dev'), { limit: 10, after: null }), {
      items: [{ number: 3, use: 'serve', basedOn: 2 }, { number: 2, basedOn: 1 }, { number: 1, basedOn: null }]
    })
    t.match(await store.createRelease('shop', deployment('dev', [], 3)), { release: { number: 4 }, revision: 8 })
    t.equal(await store.deleteFunction('shop', 'list', 7, null), 9)
    t.match(await store.getDeletedFunction('shop', 'list'), { latestVersion: 'v1' })
    t.match(await store.applyKv([{ ...ref('shop', 'dev'), operation: { op: 'increment', key: 'n', by: 1, ttlSeconds: null } }]), [{ result: 1 }])
    t.strictSame(await store.listUpstreams(ref('shop', 'dev'), { limit: 10, after: null }), { items: [], next: null })
  })
}
