import { writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { lockDataDir } from '../../data-plane/replica/lock.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { startInVain } from '../support/start-in-vain.ts'

const token = 'token-of-the-data-plane'

t.test('without a token it says where one comes from', async t => {
  const dataDir = temporaryDirectory(t)
  const { code, stderr } = await startInVain(t, { IMPRUN_DATA_DIR: dataDir })
  t.equal(code, 1)
  t.equal(stderr, `imprun data-plane: IMPRUN_DATA_PLANE_TOKEN is not set, and no control plane has left a token in ${dataDir}/data-plane-token\n`)
})

t.test('a second data plane on the same data directory is refused', async t => {
  const dataDir = temporaryDirectory(t)
  const lock = lockDataDir(dataDir)
  t.teardown(() => lock.close())
  const { code, stderr } = await startInVain(t, { IMPRUN_DATA_DIR: dataDir, IMPRUN_DATA_PLANE_TOKEN: token })
  t.equal(code, 1)
  t.equal(stderr, `imprun data-plane: another data plane is running on ${dataDir}\n`)
})

t.test('a data directory that cannot be one is named', async t => {
  const dataDir = path.join(temporaryDirectory(t), 'file')
  writeFileSync(dataDir, '')
  const { code, stderr } = await startInVain(t, { IMPRUN_DATA_DIR: dataDir, IMPRUN_DATA_PLANE_TOKEN: token })
  t.equal(code, 1)
  t.match(stderr, /^imprun data-plane: [^\n]*\n$/)
  t.match(stderr, dataDir)
})

t.test('a setting that is wrong is named', async t => {
  const { code, stderr } = await startInVain(t, { IMPRUN_WORKERS: 'many' })
  t.equal(code, 1)
  t.match(stderr, /^imprun data-plane: IMPRUN_WORKERS must be [^\n]*\n$/)
})
