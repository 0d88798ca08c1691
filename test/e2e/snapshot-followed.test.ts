import path from 'node:path'
import t from 'tap'
import { Agent } from 'undici'
import { writeSnapshot } from '../../data-plane/snapshot/file.ts'
import { fromReplica } from '../../data-plane/snapshot/sources.ts'
import { host, serveShop, settings } from '../support/cold-start.ts'
import { forkControlPlane } from '../support/control-plane-process.ts'
import { startDataPlane } from '../support/data-plane-process.ts'
import { adminClient } from '../support/http.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { freePorts } from '../support/ports.ts'
import { shopId } from '../support/shop.ts'
import { until } from '../support/until.ts'

t.test('a data plane that began with a snapshot file follows the control plane as soon as it is there', async t => {
  const dataDir = temporaryDirectory(t)
  const { platform, key } = await serveShop(t, dataDir)
  await platform.close()
  const file = path.join(dataDir, 'snapshot')
  const { environments, lines } = fromReplica({ dataDir })
  await writeSnapshot(file, { environments, createdAt: new Date().toISOString(), expiresAt: null }, lines, settings.IMPRUN_SECRET_KEY)
  const [port] = await freePorts(1)
  const IMPRUN_CONTROL_URL = `http://127.0.0.1:${port}`
  const { traffic } = await startDataPlane(t, temporaryDirectory(t), { ...settings, IMPRUN_CONTROL_URL, IMPRUN_SNAPSHOT: file })
  t.match(await traffic(host, '/hello', { key }), { status: 200 }, 'with the control plane away')

  const IMPRUN_ADMIN_TOKEN = 'admin-token-of-the-tests'
  const control = forkControlPlane(t, { ...settings, IMPRUN_ADMIN_TOKEN, IMPRUN_DATA_DIR: dataDir, IMPRUN_CONTROL_PORT: String(port) })
  t.not(await control.ready, null)
  const dispatcher = new Agent()
  t.teardown(async () => await dispatcher.destroy())
  const admin = adminClient(IMPRUN_CONTROL_URL, IMPRUN_ADMIN_TOKEN, dispatcher)
  const { items } = (await admin('GET', `/api-gateways/${shopId}/environments/dev/clients`)).json as { items: Array<{ id: string }> }
  t.match(await admin('PATCH', `/api-gateways/${shopId}/environments/dev/clients/${items[0]!.id}`, { enabled: false }), { status: 200 })
  const answer = await until('the client is disabled', async () => await traffic(host, '/hello', { key }), ({ status }) => ![200, 429].includes(status), 3_000)
  t.match(answer.value, { status: 401 })
})
