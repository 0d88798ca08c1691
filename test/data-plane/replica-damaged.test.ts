import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import t from 'tap'
import { ReplicaDamaged } from '../../data-plane/replica/errors.ts'
import { openReplicaWriter } from '../../data-plane/replica/writer.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { besideReplica } from '../../data-plane/replica/schema.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash, openTestReplica, recordingLogger, silent } from '../support/replica.ts'

const pageSize = 4096

/** A replica, closed. */
function makeReplica (file: string, size = 500): void {
  const writer = openReplicaWriter({ file, environments: null, logger: silent })
  const clients = Array.from({ length: size }, (_, i) => clientItem('shop', 'dev', `c${i}`, [keyHash(`a${i}b`)]))
  applyBatch(writer, 5, [gatewayItem('shop'), environmentItem('shop', 'dev'), ...clients])
  writer.close()
}

const damages: Record<string, (file: string) => void> = {
  'another kind of file': file => writeFileSync(file, 'this is not a database, and long enough to be none '.repeat(100)),
  'a file cut in half': file => truncateSync(file, statSync(file).size >> 1),
  'pages overwritten': file => writeFileSync(file, readFileSync(file).fill(0xa5, pageSize, pageSize * 8)),
  'another program\'s database': file => {
    writeFileSync(file, '')
    const db = new DatabaseSync(file)
    db.exec('CREATE TABLE notes (text TEXT)')
    db.close()
  },
  'another version': file => {
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 4711')
    db.close()
  }
}

t.test('a replica that cannot be used is set aside, and an empty one takes its place', async t => {
  for (const [name, damage] of Object.entries(damages)) {
    t.test(name, async t => {
      const file = path.join(temporaryDirectory(t), 'replica.sqlite')
      makeReplica(file)
      damage(file)
      const damaged = readFileSync(file)
      const { logger, lines } = recordingLogger()
      const { reader, writer } = openTestReplica(t, { file, logger })
      t.strictSame(writer.position(), { store: null, revision: 0 })
      t.equal(reader.getGateway('shop'), null)
      const kept = besideReplica(file, 'unusable')
      t.match(lines(), [{ level: 50, msg: /cannot be used/, kept }, { level: 30, msg: /empty replica/ }])
      t.ok(readFileSync(kept).equals(damaged), 'for whoever wants to know what happened')
      applyBatch(writer, 1, [gatewayItem('shop')])
      t.not(reader.getGateway('shop'), null)
    })
  }
})

t.test('a lock that is no database is no reason to stay away', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  writeFileSync(`${file}.lock`, 'this is not a database, and long enough to be none '.repeat(100))
  const { writer } = openTestReplica(t, { file })
  t.equal(applyBatch(writer, 1, [gatewayItem('shop')]).revision, 1)
})

t.test('an untouched replica is used again, without a word', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  makeReplica(file)
  const { logger, lines } = recordingLogger()
  const { reader, writer } = openTestReplica(t, { file, logger })
  t.strictSame(writer.position(), { store: 'store-1', revision: 5 })
  t.not(reader.findKey(keyHash('a499b')), null)
  t.strictSame(lines(), [])
})

t.test('damage that shows only while it is written ends the use of this generation, and of nothing else', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  // More pages than SQLite keeps in memory.
  makeReplica(file, 12_000)
  const { reader, writer } = openTestReplica(t, { file })
  // Behind SQLite's back.
  const fd = openSync(file, 'r+')
  writeSync(fd, Buffer.alloc(pageSize * 200, 0xa5), 0, pageSize * 200, statSync(file).size - pageSize * 200)
  closeSync(fd)
  t.throws(() => applyBatch(writer, 6, [{ type: 'gateway', gatewayId: 'shop', value: null }]), { name: ReplicaDamaged.name })
  t.strictSame(writer.recover(), { revision: 0, all: true, gateways: [], environments: [], keyHashes: [], clientHandles: [] })
  t.strictSame(writer.position(), { store: null, revision: 0 })
  t.equal(reader.revision(), 0)
  t.equal(applyBatch(writer, 7, [gatewayItem('shop')]).revision, 7)
  t.not(reader.getGateway('shop'), null)
})
