import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { FeedRefused } from '../../data-plane/replica/errors.ts'
import { openReplicaWriter } from '../../data-plane/replica/writer.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash, openTestReplica, silent, versionItem } from '../support/replica.ts'

const secret = 'the-secret-of-production'

function fill (file: string): void {
  const writer = openReplicaWriter({ file, environments: null, logger: silent })
  applyBatch(writer, 4, [
    gatewayItem('shop'), versionItem('shop', 'v1'), versionItem('shop', 'v2'),
    environmentItem('shop', 'dev', ['v1']), environmentItem('shop', 'prod', ['v2'], { variables: { SECRET: secret } }),
    clientItem('shop', 'dev', 'mobile', [keyHash('a')]), clientItem('shop', 'prod', 'mobile', [keyHash('b')])
  ])
  writer.close()
}

t.test('an environment that may not be held any more is gone before anything is served', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  fill(file)
  t.ok(readFileSync(file).includes(secret), 'it was there')
  const { reader, writer } = openTestReplica(t, { file, environments: ['dev'] })
  t.strictSame([reader.getEnvironment('shop', 'prod'), reader.findKey(keyHash('b')), reader.getFunctionVersion('shop', 'v2')], [null, null, null])
  t.not(reader.findKey(keyHash('a')), null)
  t.not(reader.getFunctionVersion('shop', 'v1'), null)
  t.equal(reader.revision(), 4, 'the rest is served meanwhile')
  t.equal(writer.position().store, null, 'and everything is asked for anew')
  writer.close()
  t.notOk(readFileSync(file).includes(secret), 'its bytes are overwritten')
})

t.test('the same restriction as before changes nothing', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  const first = openReplicaWriter({ file, environments: ['dev', 'staging'], logger: silent })
  applyBatch(first, 4, [gatewayItem('shop'), environmentItem('shop', 'dev')])
  first.close()
  const { writer } = openTestReplica(t, { file, environments: ['staging', 'dev'] })
  t.strictSame(writer.position(), { store: 'store-1', revision: 4 })
})

t.test('an environment that was not asked for is refused', async t => {
  for (const item of [environmentItem('shop', 'prod'), clientItem('shop', 'prod', 'mobile', [keyHash('b')])]) {
    t.test(item.type, async t => {
      const { writer } = openTestReplica(t, { environments: ['dev'] })
      const batch = writer.begin({ type: 'begin', store: 'store-1', snapshot: true })
      batch.apply(gatewayItem('shop'))
      t.throws(() => batch.apply(item), { name: FeedRefused.name, message: /was not asked for/ })
      batch.rollback()
    })
  }
})
