import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { makeRunDir } from '../../data-plane/run-dir.ts'
import { temporaryDirectory } from '../support/platform.ts'

const longestSocketPath = 107

t.test('sockets are in the data directory, for this user alone, and go with the run', async t => {
  const dataDir = temporaryDirectory(t)
  const runDir = makeRunDir(dataDir, '1')
  t.equal(runDir.path, path.join(dataDir, 'run', '1'))
  t.equal(statSync(runDir.path).mode & 0o777, 0o700)
  writeFileSync(path.join(runDir.path, 'sandbox.sock'), '')
  runDir.remove()
  t.notOk(existsSync(runDir.path))
})

t.test('what an earlier run left behind is gone', async t => {
  const dataDir = temporaryDirectory(t)
  const first = makeRunDir(dataDir, '1')
  writeFileSync(path.join(first.path, 'sandbox.sock'), '')
  const second = makeRunDir(dataDir, '1')
  t.strictSame(readdirSync(second.path), [])
})

t.test('a data directory whose path is too long for a socket gets a short one elsewhere', async t => {
  const dataDir = path.join(temporaryDirectory(t), 'a-folder-with-a-long-name'.repeat(4))
  const runDir = makeRunDir(dataDir, '1')
  t.teardown(runDir.remove)
  t.ok(runDir.path.startsWith(path.join(tmpdir(), 'imprun-')))
  t.ok(path.join(runDir.path, 'sandbox-255-1000000000.sock').length <= longestSocketPath)
  t.equal(statSync(runDir.path).mode & 0o777, 0o700)
  runDir.remove()
  t.notOk(existsSync(runDir.path))
})
