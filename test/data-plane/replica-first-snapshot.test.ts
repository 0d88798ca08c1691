import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { FeedRefused } from '../../data-plane/replica/errors.ts'
import { fileIdentity } from '../../data-plane/replica/generations.ts'
import { besideReplica } from '../../data-plane/replica/schema.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash, openTestReplica } from '../support/replica.ts'

const everything = [
  gatewayItem('shop'), environmentItem('shop', 'dev'),
  ...Array.from({ length: 2_000 }, (_, index) => clientItem('shop', 'dev', `c${index}`, [keyHash(`a${index}b`)]))
]

t.test('the first change does not wait until all that came before it is copied out of a log: it never was in one', async t => {
  const { file, writer, reader } = openTestReplica(t)
  applyBatch(writer, 5, everything)
  t.ok(statSync(file).size > 500_000, 'it stands in the file')
  applyBatch(writer, 6, [clientItem('shop', 'dev', 'mobile', [keyHash('f')])])
  t.match(reader.findKey(keyHash('f')), { clientId: 'mobile' })
  t.ok(statSync(`${file}-wal`).size < 100_000, 'and the change alone in the log')
  t.equal(fileIdentity(besideReplica(file, 'previous')), null, 'where nothing was, nothing is kept of it')
})

t.test('what a snapshot brings is waited for beside the thread that serves, and is served when it is on the disk', async t => {
  const { file, writer, reader } = openTestReplica(t)
  const batch = writer.begin({ type: 'begin', store: 'store-1', snapshot: true })
  for (const item of everything) batch.apply(item)
  const order: string[] = []
  const flushing = batch.flush({ type: 'commit', revision: 5 }).then(() => order.push('on the disk'))
  order.push('this thread goes on')
  t.strictSame([reader.revision(), writer.position()], [0, { store: null, revision: 0 }])
  await flushing
  t.strictSame(order, ['this thread goes on', 'on the disk'])
  t.strictSame([reader.revision(), writer.position().revision], [0, 0], 'not before it is said to be whole')
  t.match(batch.commit({ type: 'commit', revision: 5 }), { revision: 5, all: true })
  t.strictSame([reader.revision(), writer.position().revision], [5, 5])
  t.match(reader.findKey(keyHash('a1999b')), { clientId: 'c1999' })
  t.notOk(readdirSync(path.dirname(file)).some(name => name.includes('.next.')))
})

t.test('where another generation is taken while it is waited for, it never happened', async t => {
  const { writer, reader } = openTestReplica(t)
  applyBatch(writer, 5, everything)
  const batch = writer.begin({ type: 'begin', store: 'store-2', snapshot: true })
  batch.apply(gatewayItem('blog'))
  const flushing = batch.flush({ type: 'commit', revision: 2 })
  t.match(writer.recover(), { all: true })
  await flushing.catch((error: unknown) => t.match(error, { code: 'ENOENT' }))
  t.throws(() => batch.commit({ type: 'commit', revision: 2 }), { name: FeedRefused.name })
  t.equal(reader.getGateway('blog'), null)
  t.equal(applyBatch(writer, 7, [gatewayItem('wiki')]).revision, 7)
})
