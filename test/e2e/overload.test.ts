import t from 'tap'
import { addGateways, clients, request } from '../support/floods.ts'
import { startPlatform } from '../support/platform.ts'
import { until } from '../support/until.ts'

t.test('a gateway whose clients ask for too much is turned away, and its neighbour is not', async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '1', IMPRUN_OVERLOAD_DELAY_MS: '10' } })
  await addGateways(platform, ['shop', 'blog'])
  const port = Number(new URL(platform.dataUrl).port)
  const flood = await clients(t, port, '127.0.0.2', 40)
  let refused = ''
  const batch = request('blog-dev.api.localhost').repeat(32)
  const stop = new AbortController()
  for (const { socket, write } of flood) {
    let answers = 0
    socket.on('data', (chunk: string) => {
      if (refused === '' && /"code":"overloaded"/.test(chunk)) refused = chunk
      answers += chunk.split('HTTP/1.1 ').length - 1
      if (stop.signal.aborted || answers < 32) return
      answers -= 32
      write(batch)
    })
    write(batch)
  }
  await until('the flood is turned away', () => refused, text => text !== '', 3_000)
  t.match(refused, /retry-after: [1-5]\r\n/i)
  const statuses = []
  for (let i = 0; i < 5; i++) {
    statuses.push((await platform.traffic('shop-dev.api.localhost', '/hello')).status, (await platform.traffic('localhost', '/healthz')).status, (await platform.traffic('localhost', '/readyz')).status)
  }
  stop.abort()
  t.strictSame(new Set(statuses), new Set([200]))
  await until('the operator is told', platform.output, output => /there is too much to do, and requests are turned away/.test(output))
  t.match(platform.output(), /"gateways":\[\{"gatewayId":"blog"/)
})
