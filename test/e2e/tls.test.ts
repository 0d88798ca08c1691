import { constants } from 'node:http2'
import path from 'node:path'
import t, { type Test } from 'tap'
import { http2Client } from '../support/http2-client.ts'
import { forkPlatform } from '../support/launch.ts'
import { startPlatform } from '../support/platform.ts'
import { descendants } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'
import { startLoad } from '../support/steady-load.ts'
import { until } from '../support/until.ts'

const file = (name: string): string => path.join(import.meta.dirname, '..', 'support', 'tls', `localhost-1${name}.pem`)
const clients = 4

interface Asking {
  /** What was no `200`. */
  failures: string[]
  /** Connections so far. */
  sessions: number
  stop: () => Promise<void>
}

/** One request after the other over HTTP/2, on a connection that is given up where the server says so. */
function askOverHttp2 (t: Test, url: string, authority: string): Asking {
  const stopping = new AbortController()
  const stop = async (): Promise<void> => {
    stopping.abort()
    await running
  }
  const asking: Asking = { failures: [], sessions: 0, stop }
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { session, ask } = await http2Client(t, url, { rejectUnauthorized: false })
      asking.sessions++
      session.once('goaway', () => session.close())
      while (!session.closed && !session.destroyed && !stopping.signal.aborted) {
        const { status, errorCode } = await ask('/hello', { ':authority': authority })
        // RFC 9113, section 8.7: nothing of it was processed, so it is asked again at the next connection. It crossed with the end of this one.
        if (errorCode === constants.NGHTTP2_REFUSED_STREAM) break
        if (status !== 200 || errorCode !== 0) asking.failures.push(`${status}, ${errorCode}`)
      }
      session.close()
    }
  }
  const running = run()
  t.teardown(stop)
  return asking
}

t.test('who speaks TLS loses no request to a reload, and to a worker that is killed what it was answering', { timeout: 180_000 }, async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2', IMPRUN_DATA_TLS_CERT: file(''), IMPRUN_DATA_TLS_KEY: file('.key') } })
  const shop = await openShop(platform)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  // By the worker itself: what a busy machine makes of sandboxes is not tried here.
  await shop.configure('dev', { none: {}, mocking: { body: 'mocked' } })
  await shop.askUntil('dev', '/hello', answer => answer.text === 'mocked')
  const workers = () => descendants(platform.pid).filter(({ command }) => command.includes('edge/worker.ts'))
  const host = 'shop-dev.api.localhost'
  const origin = platform.dataUrl.replace('http:', 'https:')
  const begin = () => startLoad(t, { url: `${origin}/hello`, headers: { host }, clients, connect: { rejectUnauthorized: false } })

  const killed = begin()
  await killed.progress(50)
  const before = workers()
  process.kill(before[0]!.pid, 'SIGKILL')
  await until('another worker', workers, found => found.length === 2 && !found.some(({ pid }) => pid === before[0]!.pid))
  await killed.progress(200)
  const { failures } = await killed.stop()
  t.ok(failures.length <= clients, 'no client more than once')
  t.strictSame(failures.filter(failure => /^\d/.test(failure)), [], 'nor with an answer')

  const load = begin()
  const asking = askOverHttp2(t, origin, host)
  await load.progress(100)
  const reload = forkPlatform({ dataDir: platform.dataDir, args: ['data-plane:reload'] })
  t.strictSame(await reload.exited, { code: 0, signal: null })
  await load.progress(100)
  await until('HTTP/2 at a new worker', () => asking.sessions, count => count > 1, 3_000)
  await asking.stop()
  t.strictSame(asking.failures, [])
  t.strictSame((await load.stop()).failures, [])
})
