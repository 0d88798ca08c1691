import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { addGateways, clients, request } from '../support/floods.ts'
import { startPlatform, type Platform } from '../support/platform.ts'
import { startLoad } from '../support/steady-load.ts'
import { until } from '../support/until.ts'

/** Resident memory of the edge workers of this platform, in MiB. */
function workerMemoryMb (platform: Platform): number {
  const pages = readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(pid => {
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`IMPRUN_DATA_DIR=${platform.dataDir}\0`)
      return isOurs && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('edge/worker.ts') ? [Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])] : []
    } catch {
      // It has ended, or is somebody else's.
      return []
    }
  })
  return pages.reduce((sum, count) => sum + count, 0) * 4096 / 1024 / 1024
}

t.test('slow clients and floods at the same time, with others that are answered as ever', async t => {
  const platform = await startPlatform(t, {
    env: {
      IMPRUN_WORKERS: '1', IMPRUN_MAX_CONNECTIONS: '400', IMPRUN_MAX_CONNECTIONS_PER_ADDRESS: '100', IMPRUN_TRUSTED_PROXIES: '127.0.0.200/32', IMPRUN_HEADERS_SECONDS: '2',
      IMPRUN_CLIENT_STALL_SECONDS: '2', IMPRUN_MAX_BUFFER_MB: '32'
    }
  })
  await addGateways(platform, ['shop', 'blog'])
  const port = Number(new URL(platform.dataUrl).port)
  const before = workerMemoryMb(platform)
  t.ok(before > 0)
  const honest = startLoad(t, { url: `${platform.dataUrl}/hello`, headers: { host: 'shop-dev.api.localhost' }, clients: 2 })
  await honest.progress(20)

  const blog = 'blog-dev.api.localhost'
  const silent = await clients(t, port, '127.0.0.2', 250)
  const slowHeaders = await clients(t, port, '127.0.0.3', 60)
  for (const { write } of slowHeaders) write('GET /hello HTTP/1.1\r\nX: ')
  const slowBodies = await clients(t, port, '127.0.0.4', 60)
  for (const { write } of slowBodies) write(`POST /hello HTTP/1.1\r\nHost: ${blog}\r\nContent-Length: 6000000\r\n\r\n${'x'.repeat(100_000)}`)
  const deaf = await clients(t, port, '127.0.0.5', 60)
  for (const { socket, write } of deaf) {
    socket.pause()
    write(request(blog, '/hello?bytes=6000000'))
  }
  const pipelined = await clients(t, port, '127.0.0.6', 10)
  for (const { write } of pipelined) write(request(blog).repeat(5_000))
  const headerBombs = await clients(t, port, '127.0.0.7', 20)
  for (const { write } of headerBombs) write(request(blog, '/hello', 'a: b\r\n'.repeat(2_000)))

  for (const { closed } of headerBombs) t.match(await closed, /^HTTP\/1\.1 431 /)
  await Promise.all([...slowHeaders, ...slowBodies, ...silent, ...pipelined].map(async ({ closed }) => await closed))
  await until('deaf clients are cut off', async () => (await platform.traffic('localhost', '/healthz?verbose')).json as Record<string, Record<string, number>>,
    ({ connections, overload }) => connections!.slowReaders! > 0 && overload!.heldBytes === 0)
  for (const { socket } of deaf) socket.destroy()
  await honest.progress(20)
  t.strictSame((await honest.stop()).failures, [])
  const after = workerMemoryMb(platform)
  t.ok(after < before + 400, `${Math.round(before)} MiB before, ${Math.round(after)} MiB after`)
  await until('the operator is told', platform.output, output => /connections were turned away or cut off/.test(output), 3_000)
})
