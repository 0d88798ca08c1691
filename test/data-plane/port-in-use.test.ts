import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import t from 'tap'
import { temporaryDirectory } from '../support/platform.ts'
import { descendants } from '../support/processes.ts'
import { startInVain } from '../support/start-in-vain.ts'

t.test('a port in use is named, and no process stays', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const dataDir = temporaryDirectory(t)
  writeFileSync(path.join(dataDir, 'data-plane-token'), 'token-of-the-data-plane\n')
  const { code, stderr } = await startInVain(t, { IMPRUN_DATA_DIR: dataDir, IMPRUN_DATA_PORT: String(port), IMPRUN_WORKERS: '2' })
  t.equal(code, 1)
  t.equal(stderr, `imprun data-plane: port ${port} on 127.0.0.1 is in use; IMPRUN_DATA_PORT sets another one\n`)
  t.strictSame(descendants(process.pid), [])
})
