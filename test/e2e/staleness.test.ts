import { once } from 'node:events'
import t from 'tap'
import { Agent } from 'undici'
import { adminClient, trafficClient } from '../support/http.ts'
import { forkPlatform, type Forked } from '../support/launch.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { freePorts } from '../support/ports.ts'
import { until } from '../support/until.ts'

// A busy machine takes its time for the processes that this starts.
t.setTimeout(180_000)

t.test('keys fail closed while the control plane is away for longer than the gateway allows, also after a restart', async t => {
  const dataDir = temporaryDirectory(t)
  const [control, data] = await freePorts(2)
  const adminToken = 'admin-token-of-the-test'
  const start = async (plane: 'control-plane' | 'data-plane'): Promise<Forked> => {
    const forked = forkPlatform({
      dataDir, args: [plane], env: { IMPRUN_ADMIN_TOKEN: adminToken, IMPRUN_CONTROL_PORT: String(control), IMPRUN_DATA_PORT: String(data), IMPRUN_LOG_LEVEL: 'error' }
    })
    t.teardown(() => { forked.child.kill('SIGKILL') })
    const serves = plane === 'control-plane' ? once(forked.child, 'message') : until('the data plane serves', () => forked.output().includes('imprun data plane: '), isSo => isSo, 2_000)
    await Promise.race([serves, forked.exited.then(() => { throw new Error(forked.output()) })])
    return forked
  }
  const end = async ({ child, exited }: Forked, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    child.kill(signal)
    await exited
  }
  const dispatcher = new Agent()
  t.teardown(async () => await dispatcher.destroy())
  const admin = adminClient(`http://127.0.0.1:${control}`, adminToken, dispatcher)
  const traffic = trafficClient(`http://127.0.0.1:${data}`, dispatcher)

  const firstControl = await start('control-plane')
  const firstData = await start('data-plane')
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop', config: { plugins: { 'key-auth': { maxStalenessSeconds: 8 } } } })
  const added = await admin('POST', '/api-gateways/shop/environments/dev/clients?wait=applied', { name: 'Mobile' })
  const { apiKey: key } = added.json as { apiKey: string }
  const ask = async (): Promise<string | undefined> => ((await traffic('shop-dev.api.localhost', '/', { key })).json as { code?: string }).code
  t.equal(await ask(), 'route_not_found', 'the key is let in')
  await end(firstControl, 'SIGKILL')
  await until('keys fail closed', ask, code => code === 'configuration_stale', 2_000)
  await end(firstData, 'SIGTERM')
  await start('data-plane')
  t.equal(await ask(), 'configuration_stale', 'a restart makes nothing younger')
  await start('control-plane')
  await until('the control plane is heard of again', ask, code => code === 'route_not_found')
})
