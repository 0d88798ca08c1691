import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { keepWrittenBack } from '../../data-plane/replica/write-back.ts'
import { applyBatch, environmentItem, gatewayItem, openTestReplica, silent, type TestReplica } from '../support/replica.ts'
import { until } from '../support/until.ts'

interface Stage extends TestReplica {
  /** A change that fills the log as hundreds of others do. */
  change: (revision: number) => void
  /** How often the log was to be written back. */
  attempts: () => number
  changed: () => void
  setBusy: (isOn: boolean) => void
}

function prepare (t: Test): Stage {
  const replica = openTestReplica(t)
  const { file, writer } = replica
  applyBatch(writer, 1, [gatewayItem('shop')])
  let isBusy = false
  let attempts = 0
  const counted = { loggedPages: writer.loggedPages, writeBack: () => { attempts++; return writer.writeBack() } }
  const log = keepWrittenBack({ file, writer: counted, isBusy: () => isBusy, logger: silent })
  t.teardown(log.close)
  return {
    ...replica,
    change: revision => { applyBatch(writer, revision, [environmentItem('shop', 'dev', [], { variables: { A: `${revision} `.repeat(2_500_000) } })]) },
    attempts: () => attempts,
    changed: log.changed,
    setBusy: isOn => { isBusy = isOn }
  }
}

t.test('a change is told before the log that it has filled is written back', async t => {
  const { writer, reader, change, changed } = prepare(t)
  change(2)
  t.ok(writer.loggedPages() > 1_000, 'it did not wait for that')
  t.equal(reader.revision(), 2)
  changed()
  await until('the log is in the file', writer.loggedPages, pages => pages === 0)
})

t.test('while a copy is made, changes are taken, and the log is written back when it has ended', async t => {
  const { writer, reader, change, changed, setBusy, attempts } = prepare(t)
  setBusy(true)
  for (const revision of [2, 3]) {
    change(revision)
    changed()
    t.equal(reader.revision(), revision)
  }
  t.equal(attempts(), 0)
  setBusy(false)
  change(4)
  changed()
  await until('the log is in the file', writer.loggedPages, pages => pages === 0)
})

t.test('what somebody reads stays in the log, and is not tried again with each change', async t => {
  const { file, writer, reader, change, changed, attempts } = prepare(t)
  const other = new DatabaseSync(file, { readOnly: true })
  t.teardown(() => other.close())
  other.exec('BEGIN')
  other.prepare('SELECT revision FROM meta').get()
  change(2)
  changed()
  await until('it was tried', attempts, count => count === 1)
  t.ok(writer.loggedPages() > 1_000)
  applyBatch(writer, 3, [gatewayItem('blog')])
  changed()
  t.equal(reader.revision(), 3)
  other.exec('ROLLBACK')
  change(4)
  changed()
  await until('the log is in the file', writer.loggedPages, pages => pages === 0)
  t.equal(attempts(), 2)
})
