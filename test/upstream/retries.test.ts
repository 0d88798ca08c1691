import { once } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import type { RetrySettings } from '#shared/upstream-options.ts'
import { startTarget } from '../support/egress.ts'
import { freePorts } from '../support/ports.ts'
import { converse, host, startNamed, startProxy, startRawTarget } from '../support/upstream.ts'

const retries = (on: RetrySettings['on'], more: Partial<RetrySettings> = {}): { retries: RetrySettings, healthChecks: { panicPercent: 0 } } =>
  ({ retries: { attempts: 1, on, budget: { percent: 100, minPerSecond: 100 }, ...more }, healthChecks: { panicPercent: 0 } })

async function nowhere (): Promise<string> {
  const [port] = await freePorts(1)
  return `http://127.0.0.2:${port}`
}

/** A server that takes a request and drops the connection. */
async function startDropping (t: Parameters<typeof startRawTarget>[0], seen: string[]): Promise<string> {
  return await startRawTarget(t, socket => socket.once('data', (data: Buffer) => {
    seen.push(String(data).split(' ')[0]!)
    socket.resetAndDestroy()
  }))
}

t.test('what was never sent is sent to another target, with its body', async t => {
  const seen: string[] = []
  const good = await startTarget(t, (request, response) => {
    seen.push(request.method!)
    request.pipe(response)
  })
  const dead = await nowhere()
  const edge = await startProxy(t, [{ url: dead, weight: 1 }, { url: good.origin, weight: 1 }])
  for (const method of ['POST', 'POST', 'PUT', 'PUT']) t.match(await edge.traffic(host, '/', { method, body: 'whole' }), { status: 200, text: 'whole' })
  t.strictSame(seen, ['POST', 'POST', 'PUT', 'PUT'])
  t.strictSame(edge.told.filter(({ level }) => level === 'error'), [], 'nothing has failed')
  t.match(await Promise.all([1, 2, 3, 4].map(edge.entry)), [{ attempts: 2 }, { attempts: 0 }, { attempts: 2 }, { attempts: 0 }])
})

t.test('what may have arrived is sent again only where that is all the same', async t => {
  const seen: string[] = []
  const dropping = await startDropping(t, seen)
  const good = await startTarget(t)
  for (const [method, body, status] of [['GET', undefined, 200], ['DELETE', undefined, 200], ['POST', undefined, 502], ['PUT', 'x', 502], ['POST', 'x', 502]] as const) {
    const edge = await startProxy(t, [{ url: dropping, weight: 1 }, { url: good.origin, weight: 1 }], { upstream: retries(['connect-failure', 'reset']) })
    const answer = await edge.traffic(host, '/', { method, ...(body !== undefined && { body }) })
    t.equal(answer.status, status, `${method} ${body}`)
  }
  t.strictSame(seen, ['GET', 'DELETE', 'POST', 'PUT', 'POST'])
  t.equal(good.requests.length, 2)
})

t.test('an answer that has begun is not asked for again', async t => {
  const begun = await startRawTarget(t, socket => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome')))
  const good = await startTarget(t)
  const edge = await startProxy(t, [{ url: begun, weight: 1 }, { url: good.origin, weight: 1 }], { upstream: retries(['reset', 'timeout', 'gateway-error']) })
  const { closed, received } = await converse(edge, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await closed
  t.match(received(), /some$/)
  t.equal(good.requests.length, 0)
})

t.test('gateway errors and time-outs are reasons where they are named', async t => {
  const bad = await startTarget(t, (_request, response) => { response.writeHead(503).end('bad') })
  const mute = await startRawTarget(t, socket => socket.resume())
  const good = await startTarget(t)
  const ask = async (first: string, on: RetrySettings['on'], more?: Partial<RetrySettings>): Promise<number> => {
    const edge = await startProxy(t, [{ url: first, weight: 1 }, { url: good.origin, weight: 1 }], { timeouts: { firstByteMs: 200 }, upstream: retries(on, more) })
    return (await edge.traffic(host, '/')).status
  }
  t.equal(await ask(bad.origin, ['gateway-error']), 200)
  t.equal(await ask(bad.origin, ['reset']), 503)
  t.equal(await ask(mute, ['timeout']), 200)
  t.equal(await ask(mute, ['reset']), 504)
  t.equal(await ask(bad.origin, ['gateway-error'], { attempts: 0 }), 503)
})

t.test('all attempts fail: the last failure is answered', async t => {
  const seen: string[] = []
  const [one, two] = [await startDropping(t, seen), await nowhere()]
  const edge = await startProxy(t, [{ url: one, weight: 1 }, { url: two, weight: 1 }], { upstream: retries(['connect-failure', 'reset'], { attempts: 3 }) })
  t.match(await edge.traffic(host, '/'), { status: 502, json: { code: /^upstream_(?:unreachable|failed)$/ } })
  t.equal(edge.told.length, 1)
  t.equal(seen.length, 2, 'after both, both once more')
})

t.test('an outage is not multiplied: there is a budget', async t => {
  const seen: string[] = []
  const dropping = await startDropping(t, seen)
  const edge = await startProxy(t, dropping, { upstream: retries(['reset'], { budget: { percent: 20, minPerSecond: 0 } }) })
  // It begins with the share of a thousand requests.
  for (let n = 0; n < 260; n++) await edge.traffic(host, '/')
  const before = seen.length
  for (let n = 0; n < 50; n++) await edge.traffic(host, '/')
  t.ok(Math.abs(seen.length - before - 60) <= 1, `${seen.length - before} attempts for 50 requests`)
})

t.test('targets die and come back under traffic, and no idempotent request fails', async t => {
  const sockets = new Set<Socket>()
  const { targets, urls } = await startNamed(t, 3)
  for (const { server } of targets) server.on('connection', (socket: Socket) => sockets.add(socket))
  const edge = await startProxy(t, urls)
  const state = { isOver: false }
  const statuses: Record<number, number> = {}
  const traffic = Array.from({ length: 4 }, async () => {
    while (!state.isOver) {
      const { status } = await edge.traffic(host, '/')
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  })
  const answered = async (count: number): Promise<void> => {
    const goal = (statuses[200] ?? 0) + count
    while ((statuses[200] ?? 0) < goal && Object.keys(statuses).length < 2) await new Promise(resolve => setTimeout(resolve, 5))
  }
  for (const { server, port } of [targets[0]!, targets[1]!, targets[2]!]) {
    await answered(20)
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    await answered(40)
    server.listen(port, '127.0.0.2')
    await once(server, 'listening')
  }
  await answered(20)
  state.isOver = true
  await Promise.all(traffic)
  t.strictSame(Object.keys(statuses), ['200'])
})
