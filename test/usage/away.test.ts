import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { createLogger } from '#shared/log.ts'
import type { UsageReport } from '#shared/usage.ts'
import type { CompiledEnvironment } from '../../data-plane/edge/environment.ts'
import type { CompiledRoute } from '../../data-plane/edge/release.ts'
import { createUplink } from '../../data-plane/uplink.ts'
import { createUsageReporter } from '../../data-plane/usage/reporter.ts'
import { freePorts } from '../support/ports.ts'
import { createQueue, type Queue } from '../support/queue.ts'

const logger = createLogger('edge', 'silent')
const environment = { gatewayId: 'shop', environment: 'dev' } as CompiledEnvironment
const route = { path: '/orders', methods: ['GET'], functionName: 'list' } as unknown as CompiledRoute

/** A control plane that does with reports what the test says. */
async function listen (t: Test, port: number, answer: (response: ServerResponse) => void): Promise<{ server: Server, reports: Queue<UsageReport> }> {
  const reports = createQueue<UsageReport>()
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', chunk => { text += String(chunk) }).on('end', () => {
      reports.push(JSON.parse(text) as UsageReport)
      answer(response)
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, reports }
}

function reporterTo (t: Test, port: number): { use: () => void, closed: () => Promise<void> } {
  const uplink = createUplink({ controlUrl: `http://127.0.0.1:${port}`, token: () => 'token' })
  const { countRequest, close } = createUsageReporter({ uplink, logger, soonMs: 1, intervalMs: 5, closeMs: 5_000 })
  t.teardown(async () => await uplink.close())
  return { use: () => countRequest(environment, route, 'GET', 'mobile', 1), closed: close }
}

t.test('what was counted while no control plane was there arrives when it is', async t => {
  const [port] = await freePorts(1)
  const { use, closed } = reporterTo(t, port!)
  use()
  use()
  await closed()
  use()
  const { reports } = await listen(t, port!, response => response.writeHead(204).end())
  await closed()
  t.match(await reports.next(), { routes: [{ path: '/orders', requests: 3, clients: ['mobile'] }] })
})

t.test('what a control plane that broke off may have counted is not counted again', async t => {
  const [port] = await freePorts(1)
  const { use, closed } = reporterTo(t, port!)
  let asked = 0
  const { reports } = await listen(t, port!, response => ++asked === 1 ? response.destroy() : response.writeHead(204).end())
  use()
  t.match(await reports.next(), { routes: [{ requests: 1 }] })
  t.match(await reports.next(), { routes: [{ requests: 0, clients: ['mobile'] }] })
  await closed()
})
