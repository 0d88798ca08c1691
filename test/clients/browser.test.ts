import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { missingChromium, startChromium } from '../support/chromium.ts'
import { reachable } from '../support/egress.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { host, startProxied, startProxy } from '../support/upstream.ts'

const missing = await missingChromium()
const whole = missing === null ? {} : { skip: missing }

/** An empty page of an origin of its own, from which scripts call the API. */
async function openPage (t: Test): Promise<{ page: Page, origin: string }> {
  const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>App</title>'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await startChromium(t)
  const page = await browser.newPage()
  await page.goto(origin)
  return { page, origin }
}

/** As the browser itself says it: each request that it sends, preflights included. */
async function watchRequests (page: Page): Promise<string[]> {
  const sent: string[] = []
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  session.on('Network.requestWillBeSent', ({ request }) => { sent.push(request.method) })
  return sent
}

const apiUrl = (edge: TestEdge, path: string): string => `http://${host}:${edge.port}${path}`

interface Asked { url: string, headers?: Record<string, string>, credentials?: 'include' | 'omit', method?: string }

const ask = async (page: Page, asked: Asked): Promise<string> => await page.evaluate(async ({ url, ...init }) => {
  try {
    const answer = await fetch(url, init)
    return `${answer.status} ${await answer.text()} ${answer.headers.get('ratelimit') === null ? '' : 'limited'}`.trim()
  } catch (error) {
    return String(error)
  }
}, asked)

t.test('a page calls with a key and credentials, and asks for leave once', whole, async t => {
  const { page, origin } = await openPage(t)
  const edge = await startEdge(t, { functions: { hello: call => ({ status: 200, headers: [['set-cookie', 'seen=yes; Path=/']], body: `cookie ${String(call.headers.cookie ?? 'none')}` }) } })
  edge.addGateway('shop', { plugins: { cors: { allowOrigins: [origin], allowCredentials: true, allowHeaders: ['x-api-key'], exposeHeaders: ['ratelimit'], maxAgeSeconds: 600 }, 'limit-count': { count: 5, windowSeconds: 60 } } })
  const key = edge.addClient('shop', 'prod', 'app')
  const sent = await watchRequests(page)
  const asked: Asked = { url: apiUrl(edge, '/hello'), headers: { 'x-api-key': key }, credentials: 'include' }
  t.equal(await ask(page, asked), '200 cookie none limited')
  t.match(await ask(page, asked), /^200 cookie .*limited$/)
  t.strictSame(sent.filter(method => method === 'OPTIONS').length, 1, 'the preflight is kept')
  t.match(await ask(page, { url: apiUrl(edge, '/hello'), credentials: 'include' }), /^401 .*api_key_missing/, 'a page can read errors as well')
})

t.test('a page of another origin learns nothing', whole, async t => {
  const { page } = await openPage(t)
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, cors: { allowOrigins: ['https://other.example'] } } })
  t.match(await ask(page, { url: apiUrl(edge, '/hello') }), /^TypeError/)
})

t.test('events arrive one by one, and a connection that breaks is taken up where it was', whole, async t => {
  const { page, origin } = await openPage(t)
  const seen: Array<string | undefined> = []
  const { edge } = await startProxied(t, (request, response) => {
    const last = request.headers['last-event-id'] as string | undefined
    seen.push(last)
    const next = Number(last ?? 0) + 1
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`retry: 10\nid: ${next}\ndata: event ${next}\n\n`)
    // The first ends, which a browser takes for a break; the second stays open.
    if (next === 1) response.end()
  }, { plugins: { none: {}, cors: { allowOrigins: [origin] } } })
  const events = await page.evaluate(async url => await new Promise<string[]>(resolve => {
    const got: string[] = []
    const source = new EventSource(url)
    source.addEventListener('message', ({ data }) => {
      got.push(String(data))
      if (got.length < 2) return
      source.close()
      resolve(got)
    })
  }), apiUrl(edge, '/events'))
  t.strictSame(events, ['event 1', 'event 2'])
  t.strictSame(seen, [undefined, '1'])
})

t.test('a page talks over a WebSocket', whole, async t => {
  const { page } = await openPage(t)
  const server = new WebSocketServer({ host: reachable, port: 0 })
  await once(server, 'listening')
  t.teardown(() => server.close())
  server.on('connection', socket => {
    t.teardown(() => socket.terminate())
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  const edge = await startProxy(t, `http://${reachable}:${(server.address() as AddressInfo).port}`)
  const answers = await page.evaluate(async url => await new Promise<string[]>((resolve, reject) => {
    const got: string[] = []
    const socket = new WebSocket(url)
    socket.addEventListener('error', () => reject(new Error('it failed')))
    socket.addEventListener('open', () => { for (const text of ['one', 'two']) socket.send(text) })
    socket.addEventListener('message', ({ data }) => {
      got.push(String(data))
      if (got.length === 2) socket.close(1000)
    })
    socket.addEventListener('close', ({ code }) => resolve([...got, String(code)]))
  }), `ws://${host}:${edge.port}/chat`)
  t.strictSame(answers, ['one', 'two', '1000'])
})
