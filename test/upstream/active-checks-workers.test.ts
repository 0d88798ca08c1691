import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { Agent, request } from 'undici'
import { effectiveTimeouts } from '#shared/upstreams.ts'
import { reachable, startTarget } from '../support/egress.ts'
import { startFeedServer } from '../support/feed-server.ts'
import { gatewayItems } from '../support/gateway-items.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { startSupervised } from '../support/supervised.ts'
import { until } from '../support/until.ts'
import { host } from '../support/upstream.ts'

/** On a connection each, side by side: so it is most likely both workers that answer. */
async function askSome (t: Test, port: number): Promise<string[]> {
  const dispatcher = new Agent({ pipelining: 0 })
  t.teardown(async () => await dispatcher.destroy())
  return await Promise.all(Array.from({ length: 16 }, async () => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, { headers: { host }, dispatcher })
    return `${statusCode} ${await body.text()}`
  }))
}

t.test('the supervisor checks for all workers: a target that goes away is left out, and comes back when it is well', { timeout: 120_000 }, async t => {
  let isWell = true
  const answer: RequestListener = ({ url }, response) => { response.writeHead(url === '/healthz' && !isWell ? 503 : 200).end('a') }
  const first = await startTarget(t, answer)
  const second = await startTarget(t, (_request, response) => { response.end('b') })
  const { url, connections } = await startFeedServer(t)
  const { port, applied, child, exited } = await startSupervised(t, { dataDir: temporaryDirectory(t), controlUrl: url, workers: 'real-workers', env: { IMPRUN_EGRESS_ALLOW: `${reachable}/32`, IMPRUN_ACCESS_LOG: 'off', IMPRUN_LOG_LEVEL: 'error' } })
  const feed = await connections.next()
  const active = { path: '/healthz', intervalSeconds: 1, timeoutMs: 1_000, healthyStatuses: [200], healthyAfter: 1, unhealthyAfter: 1 }
  feed.send(
    { type: 'begin', store: 'store-1', snapshot: true },
    ...gatewayItems('shop', {
      plugins: { none: {} },
      upstreams: { origin: { targets: [first, second].map(({ origin }) => ({ url: origin, weight: 1 })), timeouts: effectiveTimeouts(), healthChecks: { active, panicPercent: 0 } } },
      routes: [{ functionName: 'proxied', path: '/*', upstream: { name: 'origin' } }]
    }),
    { type: 'commit', revision: 1 }
  )
  while (await applied.next() !== 1);
  const both = (texts: string[]): boolean => texts.includes('200 a') && texts.includes('200 b')
  const ask = async (): Promise<string[]> => await askSome(t, port)
  t.ok(both(await ask()))

  isWell = false
  await until('only the other one is asked', ask, texts => texts.every(text => text === '200 b'), 3_000)
  first.server.closeAllConnections()
  first.server.close()
  await once(first.server, 'close')
  t.strictSame(new Set(await ask()), new Set(['200 b']))

  const again = createServer(answer).listen(first.port, reachable)
  await once(again, 'listening')
  t.teardown(() => {
    again.closeAllConnections()
    again.close()
  })
  await once(again, 'request')
  t.strictSame(new Set(await ask()), new Set(['200 b']), 'it is there, and not well')
  isWell = true
  await until('both are asked', ask, both, 3_000)
  child.send('close')
  await exited
})
