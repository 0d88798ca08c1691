import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { ReplicaInUse } from '../../data-plane/replica/lock.ts'
import { openReplicaWriter } from '../../data-plane/replica/writer.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash, openTestReplica, silent } from '../support/replica.ts'

t.test('another process sees a commit as soon as it is made, and nothing before', async t => {
  const { file, writer } = openTestReplica(t)
  applyBatch(writer, 1, [gatewayItem('shop'), environmentItem('shop', 'dev')])
  const child = fork(path.join(import.meta.dirname, '../support/replica-reader.ts'), [file])
  t.teardown(() => { child.kill('SIGKILL') })
  await once(child, 'message')
  const look = async (): Promise<unknown> => {
    child.send(keyHash('a'))
    return (await once(child, 'message'))[0]
  }
  t.strictSame(await look(), { revision: 1, key: null })
  applyBatch(writer, 2, [clientItem('shop', 'dev', 'mobile', [keyHash('a')])])
  t.match(await look(), { revision: 2, key: { clientId: 'mobile' } })

  const batch = writer.begin({ type: 'begin', store: 'store-1', snapshot: false })
  batch.apply({ type: 'gateway', gatewayId: 'shop', value: null })
  t.match(await look(), { revision: 2, key: { clientId: 'mobile' } })
  batch.commit({ type: 'commit', revision: 3 })
  t.strictSame(await look(), { revision: 3, key: null })
})

t.test('a replica has one writer', async t => {
  const { file, writer } = openTestReplica(t)
  t.throws(() => openReplicaWriter({ file, environments: null, logger: silent }), { name: ReplicaInUse.name, message: /another data plane is running on/ })
  writer.close()
  openReplicaWriter({ file, environments: null, logger: silent }).close()

})

t.test('its files are for this user alone', async t => {
  const { file, writer } = openTestReplica(t)
  applyBatch(writer, 1, [gatewayItem('shop')])
  const names = readdirSync(path.dirname(file)).filter(name => !name.endsWith('.lock')).sort()
  t.strictSame(names, ['replica.sqlite', 'replica.sqlite-shm', 'replica.sqlite-wal'])
  t.strictSame(names.map(name => statSync(path.join(path.dirname(file), name)).mode & 0o777), [0o600, 0o600, 0o600])
})
