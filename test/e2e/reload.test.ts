import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { forkPlatform } from '../support/launch.ts'
import { startPlatform } from '../support/platform.ts'
import { descendants, survivors } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'
import { startLoad } from '../support/steady-load.ts'

const source = (url: string): string => `export default function (ctx) {
  if (ctx.params.what === 'hello') return 'hello'
  async function * parts () {
    yield 'begun\\n'
    yield await (await fetch(${JSON.stringify(url)})).text()
  }
  return new Response(parts())
}`

/** A server that answers when it is told to. */
async function startHolding (t: Test): Promise<{ url: string, held: Promise<ServerResponse> }> {
  const held = Promise.withResolvers<ServerResponse>()
  const server = createServer((_request, response) => held.resolve(response)).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, held: held.promise }
}

t.test('a reload replaces every process, loses no request and lets a stream finish', async t => {
  const { url, held } = await startHolding(t)
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2', IMPRUN_EGRESS_ALLOW: '127.0.0.0/8' } })
  const shop = await openShop(platform)
  await shop.save('hello', '/:what', source(url))
  const { key } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/hello', answer => answer.status === 200, { key })
  const before = descendants(platform.pid).filter(({ command }) => command.includes('data-plane'))
  const headers = { host: 'shop-dev.api.localhost', 'x-api-key': key }
  const load = startLoad(t, { url: `${platform.dataUrl}/hello`, headers })
  await load.progress(200)
  const stream = await request(`${platform.dataUrl}/stream`, { headers })
  const response = await held

  const reload = forkPlatform({ dataDir: platform.dataDir, args: ['data-plane:reload'] })
  t.strictSame(await reload.exited, { code: 0, signal: null })
  t.equal(reload.output(), 'generation 2 serves\n')
  await load.progress(200)

  response.end('finished')
  t.equal(await stream.body.text(), 'begun\nfinished')
  t.strictSame(await survivors(before, 500), [], 'nothing of before is left')
  const { answered, failures } = await load.stop()
  t.strictSame(failures, [], `none of ${answered} requests failed`)
})
