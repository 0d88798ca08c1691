import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import t from 'tap'
import { openReplicaWriter } from '../../data-plane/replica/writer.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { descendants } from '../support/processes.ts'
import { silent } from '../support/replica.ts'

const main = path.join(import.meta.dirname, '../../data-plane/main.ts')
const token = 'token-of-the-data-plane'

/** Starts a data plane that cannot start. Resolves with its exit code and what it has written to standard error. */
async function startInVain (t: Tap, env: Record<string, string>): Promise<{ code: number | null, stderr: string }> {
  const child = fork(main, { env: { IMPRUN_DATA_PORT: '0', IMPRUN_LOG_LEVEL: 'silent', IMPRUN_CONTROL_URL: 'http://127.0.0.1:9', ...env }, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  t.teardown(() => { child.kill('SIGKILL') })
  let stderr = ''
  child.stderr!.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const [code] = await once(child, 'close') as [number | null]
  return { code, stderr }
}
type Tap = Parameters<typeof temporaryDirectory>[0]

t.test('without a token it says where one comes from', async t => {
  const dataDir = temporaryDirectory(t)
  const { code, stderr } = await startInVain(t, { IMPRUN_DATA_DIR: dataDir })
  t.equal(code, 1)
  t.equal(stderr, `imprun data-plane: IMPRUN_DATA_PLANE_TOKEN is not set, and no control plane has left a token in ${dataDir}/data-plane-token\n`)
})

t.test('a port in use is named, and no process stays', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const dataDir = temporaryDirectory(t)
  writeFileSync(path.join(dataDir, 'data-plane-token'), `${token}\n`)
  const { code, stderr } = await startInVain(t, { IMPRUN_DATA_DIR: dataDir, IMPRUN_DATA_PORT: String(port), IMPRUN_WORKERS: '2' })
  t.equal(code, 1)
  t.equal(stderr, `imprun data-plane: port ${port} on 127.0.0.1 is in use; IMPRUN_DATA_PORT sets another one\n`)
  t.strictSame(descendants(process.pid), [])
})

t.test('a second data plane on the same data directory is refused', async t => {
  const dataDir = temporaryDirectory(t)
  const writer = openReplicaWriter({ file: path.join(dataDir, 'replica.sqlite'), environments: null, logger: silent })
  t.teardown(writer.close)
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
