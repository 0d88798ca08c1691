import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import { createSecretKey } from '#shared/secret-box.ts'
import { openReplicaReader } from '../../data-plane/replica/reader.ts'
import { openReplicaWriter } from '../../data-plane/replica/writer.ts'
import { SnapshotRefused, writeSnapshot, type SnapshotHeader } from '../../data-plane/snapshot/file.ts'
import { loadSnapshot, type LoadOptions } from '../../data-plane/snapshot/load.ts'
import { fromReplica } from '../../data-plane/snapshot/sources.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash, openTestReplica, silent, versionItem } from '../support/replica.ts'

const key = createSecretKey()
const createdAt = '2030-01-01T00:00:00.000Z'
const now = Date.parse(createdAt)

/** A file of a replica with one gateway, at revision 5. */
async function makeSnapshot (t: Test, header: Partial<SnapshotHeader> = {}): Promise<string> {
  const dataDir = temporaryDirectory(t)
  const writer = openReplicaWriter({ file: path.join(dataDir, 'replica.sqlite'), environments: null, logger: silent })
  applyBatch(writer, 5, [
    gatewayItem('shop'), versionItem('shop', 'v1'), environmentItem('shop', 'dev', ['v1'], { variables: { A: 'é' } }),
    clientItem('shop', 'dev', 'mobile', [keyHash('a'), keyHash('b')], { expiresAt: '2031-01-01T00:00:00Z' }), clientItem('shop', 'dev', 'web', [keyHash('c')], { enabled: false })
  ])
  writer.close()
  const file = path.join(dataDir, 'snapshot')
  const source = fromReplica({ dataDir })
  await writeSnapshot(file, { environments: source.environments, createdAt, expiresAt: null, ...header }, source.lines, key)
  return file
}

function load (t: Test, file: string, options: Partial<LoadOptions> = {}): { loading: Promise<void>, replica: ReturnType<typeof openTestReplica> } {
  const replica = openTestReplica(t, { environments: options.environments ?? null })
  return { replica, loading: loadSnapshot({ file, secretKeys: () => [key], environments: null, writer: replica.writer, logger: silent, clock: { now: () => now }, ...options }) }
}

t.test('what a replica holds is what one holds that begins with its snapshot', async t => {
  const file = await makeSnapshot(t)
  const { replica: { reader, writer }, loading } = load(t, file)
  await loading
  const original = openReplicaReader(path.join(path.dirname(file), 'replica.sqlite'))
  t.teardown(original.close)
  for (const ask of [
    (from: typeof reader) => from.getGateway('shop'), (from: typeof reader) => from.getEnvironment('shop', 'dev'), (from: typeof reader) => from.getFunctionVersion('shop', 'v1'),
    ...['a', 'b', 'c'].map(start => (from: typeof reader) => from.findKey(keyHash(start)))
  ]) {
    t.not(ask(original), null)
    t.strictSame(ask(reader), ask(original))
  }
  t.strictSame(writer.position(), { store: 'store-1', revision: 5 }, 'the feed is followed from there')
  t.equal(applyBatch(writer, 6, [gatewayItem('blog')]).all, false)
  t.equal(statSync(file).mode & 0o777, 0o600)
})

t.test('a replica that holds something is not replaced', async t => {
  const { writer } = openTestReplica(t)
  applyBatch(writer, 3, [gatewayItem('blog')])
  await loadSnapshot({ file: '/nowhere', secretKeys: () => [key], environments: null, writer, logger: silent })
  t.strictSame(writer.position(), { store: 'store-1', revision: 3 })
})

t.test('wherever it was altered or cut off, it is refused, and nothing of it is taken', async t => {
  const file = await makeSnapshot(t)
  const whole = readFileSync(file)
  const alterations = [...Array.from({ length: 40 }, (_, i) => Math.floor(whole.length * i / 40)), whole.length - 1].map(place => {
    const bytes = Buffer.from(whole)
    bytes[place]! ^= 1
    return bytes
  })
  for (const bytes of [...alterations, ...[0, 10, 40, whole.length >> 1, whole.length - 1].map(length => whole.subarray(0, length)), Buffer.concat([whole, Buffer.from('x')])]) {
    writeFileSync(file, bytes)
    const { replica, loading } = load(t, file)
    await t.rejects(loading, { name: SnapshotRefused.name })
    t.equal(replica.writer.position().revision, 0)
  }
})

t.test('another installation, another scope, another time', async t => {
  const file = await makeSnapshot(t, { expiresAt: '2030-01-02T00:00:00.000Z' })
  await t.rejects(load(t, file, { secretKeys: () => [createSecretKey()] }).loading, { message: /another secret key/ })
  await t.rejects(load(t, file, { environments: ['dev'] }).loading, { message: 'it is of all environments, and IMPRUN_SERVE_ENVIRONMENTS says dev' })
  await t.rejects(load(t, file, { clock: { now: () => now + 86_400_000 } }).loading, { message: /has expired at 2030-01-02/ })
  await t.resolves(load(t, file, { secretKeys: () => [createSecretKey(), key] }).loading, 'a key that was replaced opens what it has signed')
})

t.test('what was not written to its end is not there', async t => {
  const folder = temporaryDirectory(t)
  const broken = function * (): Generator<string> {
    yield JSON.stringify({ type: 'begin', store: 'store-1', snapshot: true })
    throw new Error('the control plane is gone')
  }
  await t.rejects(writeSnapshot(path.join(folder, 'snapshot'), { environments: null, createdAt, expiresAt: null }, broken(), key), { message: 'the control plane is gone' })
  t.strictSame(readdirSync(folder), [])
})
