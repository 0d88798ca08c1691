import path from 'node:path'
import t, { type Test } from 'tap'
import { Client } from 'undici'
import { reachable, startTarget } from '../support/egress.ts'
import { gatewayItems } from '../support/gateway-items.ts'
import { applyBatch } from '../support/replica.ts'
import { effectiveTimeouts } from '#shared/upstreams.ts'
import { until } from '../support/until.ts'
import { startTestWorkers } from '../support/workers.ts'

type Ask = (method: 'GET' | 'PUT', path?: string) => Promise<string>

/** On a connection of its own, which one worker has for as long as it lasts. */
function connect (t: Test, port: number): Ask {
  const client = new Client(`http://127.0.0.1:${port}`)
  t.teardown(async () => await client.destroy())
  return async (method, path = '/a') => {
    const { statusCode, body } = await client.request({ method, path, headers: { host: 'shop.api.localhost' } })
    t.equal(statusCode, 200)
    return await body.text()
  }
}

t.test('what one worker is told to change no worker of the machine gives out any more', async t => {
  Object.assign(process.env, { IMPRUN_EGRESS_ALLOW: `${reachable}/32`, IMPRUN_ACCESS_LOG: 'off', IMPRUN_LOG_LEVEL: 'error' })
  let number = 0
  const target = await startTarget(t, (_request, response) => { response.setHeader('cache-control', 'max-age=3600').end(String(++number)) })
  const { workers, writer, applied } = await startTestWorkers(t, { exec: path.join(import.meta.dirname, '../../data-plane/edge/worker.ts') })
  const port = await workers.ready
  workers.push(applyBatch(writer, 1, gatewayItems('shop', {
    plugins: { none: {}, cache: {} },
    upstreams: { origin: { url: target.origin, timeouts: effectiveTimeouts() } },
    routes: [{ functionName: 'proxied', path: '/*', methods: ['GET', 'PUT'], upstream: { name: 'origin' } }]
  })))
  while (await applied.next() !== 1);

  const one = connect(t, port)
  const kept = await one('GET')
  const { value: other } = await until('a connection with the other worker', async () => {
    const ask = connect(t, port)
    return { ask, text: await ask('GET') }
  }, ({ text }) => text !== kept)
  const untouched = await other.ask('GET', '/b')
  t.equal(await one('GET'), kept)
  t.equal(await other.ask('GET'), other.text)

  await one('PUT')
  t.not(await one('GET'), kept)
  await until('the other worker has heard of it', () => other.ask('GET'), text => text !== other.text)
  t.equal(await other.ask('GET', '/b'), untouched)
})
