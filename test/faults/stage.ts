import type { RequestListener } from 'node:http'
import { Agent } from 'undici'
import { reachable, startTarget, type Target } from '../support/egress.ts'
import { adminClient, trafficClient, type Admin, type Traffic } from '../support/http.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { freePorts } from '../support/ports.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { until } from '../support/until.ts'
import { startLoad, type Load } from './load.ts'
import { createPlane, type Plane } from './plane.ts'

/** Both planes apart, as in production, with traffic on a function and on an upstream. */
export interface Stage {
  control: Plane
  data: Plane
  admin: Admin
  traffic: Traffic
  dataUrl: string
  shop: Shop
  /** Of a client of dev. */
  key: string
  /** Of traffic to dev. */
  headers: Record<string, string>
  load: Load
  /** Makes a change by the admin API and waits until traffic shows it. */
  seeChange: () => Promise<void>
  /** Called when all is over, the last one first. */
  teardown: (close: () => unknown) => void
}

export interface StageOptions {
  /** For both planes. */
  env?: Record<string, string>
  dataDir?: string
  requestsPerSecond: number
}

/** How long anything may take until it is right: a minute. */
const manyLooks = 6_000
export const dev = 'shop-dev.api.localhost'

export async function setStage ({ env = {}, dataDir, requestsPerSecond }: StageOptions, teardown: Stage['teardown']): Promise<Stage> {
  const t = { teardown }
  const [controlPort, dataPort] = await freePorts(2)
  const [controlUrl, dataUrl] = [`http://127.0.0.1:${controlPort}`, `http://127.0.0.1:${dataPort}`]
  const settings = {
    IMPRUN_ADMIN_TOKEN: 'admin-token-of-the-fault-matrix',
    IMPRUN_DATA_PLANE_TOKEN: 'data-plane-token-of-the-fault-matrix',
    IMPRUN_SECRET_KEY: 'A'.repeat(43),
    IMPRUN_CONTROL_PORT: String(controlPort),
    IMPRUN_CONTROL_URL: controlUrl,
    IMPRUN_DATA_PORT: String(dataPort),
    IMPRUN_EGRESS_ALLOW: `${reachable}/32`,
    IMPRUN_WORKERS: '2',
    IMPRUN_SANDBOXES: '1',
    IMPRUN_ORPHAN_SECONDS: '30',
    IMPRUN_LOG_LEVEL: 'warn',
    ...env
  }
  const control = createPlane('control-plane', temporaryDirectory(t), settings)
  const data = createPlane('data-plane', dataDir ?? temporaryDirectory(t), settings)
  const dispatcher = new Agent()
  teardown(async () => {
    await Promise.all([data.close(), control.close()])
    await dispatcher.destroy()
  })
  await control.start()
  await data.start()
  const admin = adminClient(controlUrl, settings.IMPRUN_ADMIN_TOKEN, dispatcher)
  const traffic = trafficClient(dataUrl, dispatcher)
  const { shop, key } = await furnish({ admin, traffic }, await startTarget(t, answerUpstream))
  const headers = { host: dev, 'x-api-key': key }
  let changes = 0
  const seeChange = async (): Promise<void> => {
    const text = String(++changes)
    await until('the admin API takes a change', async () => await isTaken(admin, text), isSo => isSo, manyLooks)
    await until('traffic shows the change', async () => await traffic(dev, '/change', { key }), answer => answer.text === text, manyLooks)
  }
  await seeChange()
  const load = startLoad(['/hello', '/upstream'].map(path => ({ url: dataUrl + path, headers })), requestsPerSecond)
  return { control, data, admin, traffic, dataUrl, shop, key, headers, load, seeChange, teardown }
}

const answerUpstream: RequestListener = (_request, response) => { response.end('upstream') }

async function furnish ({ admin, traffic }: { admin: Admin, traffic: Traffic }, upstream: Target): Promise<{ shop: Shop, key: string }> {
  const shop = await openShop({ admin, traffic })
  await shop.save('hello', '/hello', 'export default () => "hello"')
  await shop.save('change', '/change', 'export default ctx => ctx.env.CHANGE ?? ""')
  await addUpstream(admin, 'upstream', upstream.origin)
  const { key } = await shop.addClient('dev', 'Mobile')
  for (const path of ['/hello', '/upstream']) await shop.askUntil('dev', path, answer => answer.status === 200, { key })
  return { shop, key }
}

/** A route to an upstream of the same name. */
export async function addUpstream (admin: Admin, name: string, url: string, timeouts: object = {}): Promise<void> {
  await admin('PUT', `/api-gateways/shop/environments/dev/upstreams/${name}`, { url, timeouts })
  await admin('PUT', `/api-gateways/shop/functions/${name}`, { methods: ['GET'], path: `/${name}`, upstream: { name } })
}

/** Whoever does not answer, or says that it should be asked again, is asked again. */
async function isTaken (admin: Admin, value: string): Promise<boolean> {
  try {
    const { status } = await admin('PUT', '/api-gateways/shop/environments/dev/variables/CHANGE', { value })
    return status < 300
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
