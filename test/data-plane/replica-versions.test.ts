import t from 'tap'
import { versionGraceMs } from '../../data-plane/replica/batch.ts'
import { applyBatch, environmentItem, gatewayItem, openTestReplica, versionItem, type TestReplica } from '../support/replica.ts'

function openWithRelease (t: Parameters<typeof openTestReplica>[0], clock: { now: () => number }): TestReplica {
  const replica = openTestReplica(t, { clock })
  applyBatch(replica.writer, 1, [
    gatewayItem('shop'), versionItem('shop', 'v1'), environmentItem('shop', 'dev', ['v1']), environmentItem('shop', 'prod', ['v1'])
  ])
  return replica
}

t.test('a version goes a while after the last release that named it', async t => {
  let now = 1_000_000
  const { reader, writer } = openWithRelease(t, { now: () => now })
  applyBatch(writer, 2, [versionItem('shop', 'v2'), environmentItem('shop', 'dev', ['v2'])])
  now += versionGraceMs * 2
  applyBatch(writer, 3, [])
  t.not(reader.getFunctionVersion('shop', 'v1'), null, 'prod names it still')
  applyBatch(writer, 4, [environmentItem('shop', 'prod', ['v2'])])
  t.not(reader.getFunctionVersion('shop', 'v1'), null, 'a request may have begun under the release before')
  now += versionGraceMs - 1
  applyBatch(writer, 5, [])
  t.not(reader.getFunctionVersion('shop', 'v1'), null)
  now += 1
  applyBatch(writer, 6, [])
  t.equal(reader.getFunctionVersion('shop', 'v1'), null)
  t.not(reader.getFunctionVersion('shop', 'v2'), null)
})

t.test('a rollback within that while needs nothing sent again', async t => {
  let now = 1_000_000
  const { reader, writer } = openWithRelease(t, { now: () => now })
  applyBatch(writer, 2, [versionItem('shop', 'v2'), environmentItem('shop', 'dev', ['v2']), environmentItem('shop', 'prod', ['v2'])])
  now += versionGraceMs - 1
  applyBatch(writer, 3, [environmentItem('shop', 'dev', ['v1'])])
  now += versionGraceMs * 2
  applyBatch(writer, 4, [])
  t.not(reader.getFunctionVersion('shop', 'v1'), null)
})

t.test('a version that no release ever named does not stay', async t => {
  const { reader, writer } = openWithRelease(t, { now: () => 1_000_000 })
  applyBatch(writer, 2, [versionItem('shop', 'v7')])
  t.equal(reader.getFunctionVersion('shop', 'v7'), null)
})

t.test('a version never changes, and belongs to its gateway', async t => {
  const { reader, writer } = openWithRelease(t, { now: () => 1_000_000 })
  applyBatch(writer, 2, [
    gatewayItem('blog'), versionItem('blog', 'v1', 'another'), environmentItem('blog', 'dev', ['v1']), versionItem('shop', 'v1', 'changed')
  ])
  t.equal(reader.getFunctionVersion('shop', 'v1')?.bundle, '/* v1 */')
  t.equal(reader.getFunctionVersion('blog', 'v1')?.bundle, 'another')
})
