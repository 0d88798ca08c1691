import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { ref } from '../contract/documents.ts'
import { firstPage } from '../contract/harness.ts'
import { createReader } from '../contract/reader.ts'
import { checkWhole } from '../support/whole-store.ts'
import type { Said } from './kill-nine-writer.ts'

const rounds = 8

/** What the writer has said is true, by thing: a gateway's name, an environment's release, a client's key, a function's version. */
type Expected = Map<string, string | number>

t.test('a writer that is killed at any moment loses nothing acknowledged and leaves nothing torn', async t => {
  const file = path.join(t.testdir(), 'store.db')
  const follower = createReader()
  let expected: Expected = new Map()
  let acknowledged = 0
  for (let round = 1; round <= rounds; round++) {
    const said = await writeUntilKilled(t, file, round, 20 + Math.floor(Math.random() * 150))
    let intended = expected
    for (const line of said) {
      if ('intends' in line) intended = apply(expected, line.intends)
      else [expected, acknowledged] = [intended, line.acknowledged]
    }
    const store = await openSqliteStore({ file, clock: systemClock })
    const head = await store.revision()
    // One write at most was under way: it is there as a whole, though nobody heard of it, or it is not.
    t.ok(head === acknowledged || head === acknowledged + 1, `round ${round}: revision ${head}, acknowledged ${acknowledged}`)
    if (head > acknowledged) [expected, acknowledged] = [intended, head]
    t.strictSame(await contents(store), Object.fromEntries(expected), `round ${round}: all that was written, and nothing else`)
    await t.test(`round ${round}: nothing is torn`, async t => { await checkWhole(t, store) })

    const fresh = createReader()
    await fresh.catchUp(store)
    await follower.catchUp(store)
    t.strictSame(follower.state(), fresh.state(), `round ${round}: a reader from before goes on where it was`)
    t.equal(fresh.revision(), head)
    await store.close()
    checkFile(t, file, head)
  }
  t.ok(acknowledged > rounds * 20)
})

/** Starts the writer, lets it have some writes acknowledged, kills it, and resolves with all that it has said. */
async function writeUntilKilled (t: Test, file: string, round: number, writes: number): Promise<Said[]> {
  const writer = spawn(process.execPath, [path.join(import.meta.dirname, 'kill-nine-writer.ts'), file, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => writer.kill('SIGKILL'))
  const said: Said[] = []
  let heard = 0
  for await (const line of createInterface({ input: writer.stdout })) {
    said.push(JSON.parse(line) as Said)
    if ('acknowledged' in said.at(-1)! && ++heard === writes) writer.kill('SIGKILL')
  }
  t.ok(heard >= writes, `round ${round}: ${heard} writes were acknowledged`)
  return said
}

function apply (before: Expected, intends: Array<[string, string | number | null]>): Expected {
  const after: Expected = new Map(before)
  for (const [thing, value] of intends) {
    if (value !== null) {
      after.set(thing, value)
      continue
    }
    for (const other of before.keys()) if (other === thing || other.startsWith(`${thing}/`)) after.delete(other)
  }
  return after
}

async function contents (store: Store): Promise<Record<string, string>> {
  const found: Array<[string, string]> = []
  for (const { id, name } of (await store.listGateways(firstPage)).items) {
    found.push([id, name])
    for (const fn of (await store.listFunctions(id, firstPage)).items) found.push([`${id}/#${fn.name}`, fn.latestVersion])
    for (const environment of (await store.listEnvironments(id, firstPage)).items) {
      found.push([`${id}/${environment.name}`, `release ${environment.release}`])
      const { items } = await store.listClients(ref(id, environment.name), firstPage)
      for (const client of items) found.push([`${id}/${environment.name}/${client.id}`, client.keyHash])
    }
  }
  return Object.fromEntries(found)
}

/** What SQLite and the tables themselves say. */
function checkFile (t: Test, file: string, head: number): void {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    t.match(db.prepare('PRAGMA integrity_check').all(), [{ integrity_check: 'ok' }])
    t.strictSame(db.prepare('PRAGMA foreign_key_check').all(), [])
    t.match(db.prepare('SELECT count(*) AS count, min(revision) AS first, max(revision) AS last FROM changes').get(), { count: head, first: 1, last: head })
    t.match(db.prepare(`
      SELECT (SELECT count(*) FROM clientKeys) - (SELECT sum(json_array_length(clients)) FROM environments) AS stray
    `).get(), { stray: 0 })
  } finally {
    db.close()
  }
}
