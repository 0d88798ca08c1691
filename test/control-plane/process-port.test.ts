import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { dataDirectory, forkControlPlane } from '../support/control-plane-process.ts'

t.test('a first start that fails does not use up the token', async t => {
  const IMPRUN_DATA_DIR = dataDirectory(t)
  const occupant = createServer().listen(0, '127.0.0.1')
  t.teardown(() => void occupant.close())
  await once(occupant, 'listening')
  const { port } = occupant.address() as AddressInfo
  const failed = forkControlPlane(t, { IMPRUN_DATA_DIR, IMPRUN_CONTROL_PORT: String(port) })
  t.equal(await failed.ready, null)
  t.match(await failed.exit, { code: 1, stderr: `imprun control-plane: port ${port} is in use; IMPRUN_CONTROL_PORT sets another one\n` })
  t.match(await forkControlPlane(t, { IMPRUN_DATA_DIR }).ready, { firstStart: true, adminToken: /^imp_admin_/ })
})
