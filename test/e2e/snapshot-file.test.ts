import { execFile } from 'node:child_process'
import { readFileSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { checkServed, secret, serveShop, settings } from '../support/cold-start.ts'
import { startDataPlane } from '../support/data-plane-process.ts'
import { forkPlatform } from '../support/launch.ts'
import { temporaryDirectory } from '../support/platform.ts'

t.test('a new data plane begins with a snapshot file, and refuses one that was altered', async t => {
  const dataDir = temporaryDirectory(t)
  const { platform, key } = await serveShop(t, dataDir)
  const file = path.join(dataDir, 'snapshot')
  const fromReplica = path.join(dataDir, 'snapshot-of-replica')
  const exporting = { env: { PATH: process.env.PATH, IMPRUN_DATA_DIR: dataDir, IMPRUN_CONTROL_URL: platform.controlUrl, ...settings } }
  const main = path.join(import.meta.dirname, '../../data-plane/snapshot/main.ts')
  await promisify(execFile)(process.execPath, [main, '--to', file], exporting)
  await platform.close()
  await promisify(execFile)(process.execPath, [main, '--to', fromReplica, '--from', 'replica'], exporting)
  for (const IMPRUN_SNAPSHOT of [file, fromReplica]) {
    t.notOk(readFileSync(IMPRUN_SNAPSHOT).includes(secret))
    const started = await startDataPlane(t, temporaryDirectory(t), { ...settings, IMPRUN_SNAPSHOT })
    await checkServed(t, started.traffic, key)
    started.child.kill('SIGTERM')
    t.strictSame(await started.exited, { code: 0, signal: null })
  }
  truncateSync(file, readFileSync(file).length - 40)
  const refused = forkPlatform({ dataDir: temporaryDirectory(t), args: ['data-plane'], env: { ...settings, IMPRUN_SNAPSHOT: file } })
  t.match(await refused.exited, { code: 1 })
  t.match(refused.output(), /IMPRUN_SNAPSHOT=.* is refused: its signature/)
})
