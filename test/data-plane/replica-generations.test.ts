import { existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { keepCopies } from '../../data-plane/replica/copies.ts'
import { fileIdentity } from '../../data-plane/replica/generations.ts'
import { besideReplica } from '../../data-plane/replica/schema.ts'
import { openReplicaWriter } from '../../data-plane/replica/writer.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash, openTestReplica, recordingLogger, silent, versionItem } from '../support/replica.ts'

/** `shop` at revision 5, with a copy of it; then `blog` at revision 9. */
async function fill (t: Test, file: string): Promise<void> {
  const writer = openReplicaWriter({ file, environments: null, logger: silent })
  applyBatch(writer, 5, [gatewayItem('shop'), versionItem('shop', 'v1'), environmentItem('shop', 'dev', ['v1']), clientItem('shop', 'dev', 'mobile', [keyHash('a')])])
  t.ok(await copyOf(t, file).copy())
  applyBatch(writer, 9, [gatewayItem('blog')])
  writer.close()
}

function copyOf (t: Test, file: string, onDamage: (generation: string | null) => void = () => {}): ReturnType<typeof keepCopies> {
  const copies = keepCopies({ file, onDamage, logger: silent })
  t.teardown(copies.close)
  return copies
}

t.test('a damaged replica gives way to its copy, which is followed from where it is', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  await fill(t, file)
  truncateSync(file, 5_000)
  const { logger, lines } = recordingLogger()
  const { reader, writer } = openTestReplica(t, { file, logger })
  t.strictSame(writer.position(), { store: 'store-1', revision: 5 })
  t.match(lines(), [{ level: 50, msg: /cannot be used/ }, { level: 40, msg: /previous generation/ }])
  t.not(reader.findKey(keyHash('a')), null)
  t.equal(reader.getGateway('blog'), null)
  t.equal(applyBatch(writer, 10, [gatewayItem('blog')]).revision, 10)
})

t.test('a copy that is damaged as well is not used', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  await fill(t, file)
  truncateSync(file, 5_000)
  const previous = besideReplica(file, 'previous')
  const bytes = readFileSync(previous)
  bytes[bytes.indexOf('The shop')]! ^= 1
  writeFileSync(previous, bytes)
  const { writer } = openTestReplica(t, { file })
  t.strictSame(writer.position(), { store: null, revision: 0 })
})

t.test('a replica that is gone gives way to its copy', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  await fill(t, file)
  for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true })
  t.strictSame(openTestReplica(t, { file }).writer.position(), { store: 'store-1', revision: 5 })
})

t.test('what a snapshot replaces is the generation before', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  const { reader, writer } = openTestReplica(t, { file })
  applyBatch(writer, 5, [gatewayItem('shop')])
  const before = fileIdentity(file)
  applyBatch(writer, 3, [gatewayItem('blog')], { store: 'store-2', snapshot: true })
  t.strictSame([reader.getGateway('shop'), reader.getGateway('blog') !== null], [null, true])
  t.equal(writer.recover(before), null, 'damage of the one that was served before is no longer of interest')
  t.match(writer.recover(fileIdentity(file)), { revision: 5, all: true })
  t.strictSame(writer.position(), { store: 'store-1', revision: 5 })
  t.not(reader.getGateway('shop'), null)
})

t.test('a copy is made of what is there, beside the one that writes, and only of what is sound', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  const writer = openReplicaWriter({ file, environments: null, logger: silent })
  applyBatch(writer, 5, Array.from({ length: 500 }, (_, i) => gatewayItem(`shop${i}`)))
  const copying = copyOf(t, file).copy()
  applyBatch(writer, 6, [gatewayItem('blog')])
  t.ok(await copying)
  writer.close()

  const bytes = readFileSync(file)
  bytes[bytes.lastIndexOf('The shop')]! ^= 1
  writeFileSync(file, bytes)
  const damaged: Array<string | null> = []
  t.notOk(await copyOf(t, file, generation => damaged.push(generation)).copy())
  t.strictSame(damaged, [fileIdentity(file)])
  const after = openTestReplica(t, { file })
  t.ok([5, 6].includes(after.writer.position().revision), 'the copy before is there')
  t.not(after.reader.getGateway('shop499'), null)
})

t.test('a copy is made with what others leave of the processor', { skip: existsSync('/proc/thread-self') ? false : 'the priority of threads can be seen on Linux alone' }, async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  const { writer } = openTestReplica(t, { file })
  applyBatch(writer, 5, Array.from({ length: 20_000 }, (_, i) => gatewayItem(`shop${i}`)))
  const own = getPriority()
  const seen = new Set<number>()
  const looking = setInterval(() => { for (const nice of nices()) seen.add(nice) }, 1)
  t.teardown(() => clearInterval(looking))
  t.ok(await copyOf(t, file).copy())
  t.ok(seen.has(19), [...seen].join())
  t.equal(getPriority(), own, 'and this process has the priority that it had')
})

/** proc_pid_stat(5): the 19th field of each thread of this process. */
function nices (): number[] {
  return readdirSync('/proc/self/task').flatMap(task => {
    try {
      const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8')
      return [Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}

t.test('no generation is kept of environments that may not be held any more', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  await fill(t, file)
  openTestReplica(t, { file, environments: ['staging'] })
  t.equal(fileIdentity(besideReplica(file, 'previous')), null)
})
