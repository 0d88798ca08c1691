import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { effectiveTimeouts } from '#shared/upstreams.ts'
import { missingChromium, startChromium } from '../support/chromium.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { host, startProxied, startProxy } from '../support/upstream.ts'
import { startEcho } from '../support/websocket-echo.ts'

const missing = await missingChromium()
const whole = missing === null ? {} : { skip: missing }

const certificateFile = (name: string): string => path.join(import.meta.dirname, '..', 'support', 'tls', `localhost-1${name}.pem`)

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

/** Sends two texts and closes. */
async function talk (page: Page, url: string): Promise<string[]> {
  return await page.evaluate(async url => await new Promise<string[]>((resolve, reject) => {
    const got: string[] = []
    const socket = new WebSocket(url)
    socket.addEventListener('error', () => reject(new Error('it failed')))
    socket.addEventListener('open', () => { for (const text of ['one', 'two']) socket.send(text) })
    socket.addEventListener('message', ({ data }) => {
      got.push(String(data))
      if (got.length === 2) socket.close(1000)
    })
    socket.addEventListener('close', ({ code }) => resolve([...got, String(code)]))
  }), url)
}

t.test('a page talks over a WebSocket', whole, async t => {
  const { page } = await openPage(t)
  const { url } = await startEcho(t)
  const edge = await startProxy(t, url)
  t.strictSame(await talk(page, `ws://${host}:${edge.port}/chat`), ['one', 'two', '1000'])
})

t.test('it does so over TLS as well, beside the HTTP/2 that it speaks with the same port', whole, async t => {
  const browser = await startChromium(t)
  const page = await browser.newPage({ ignoreHTTPSErrors: true })
  const { url, server } = await startEcho(t)
  const upgrades: Array<string | undefined> = []
  server.on('connection', (_socket, request) => upgrades.push(request.headers.via))
  const edge = await startEdge(t, { settings: { dataTls: { pairs: [{ certFile: certificateFile(''), keyFile: certificateFile('.key') }], clientCaFile: null } }, functions: { hello: () => ({ status: 200, headers: [['content-type', 'text/html']], body: '<!doctype html><title>App</title>' }) } })
  edge.addGateway('shop', {
    plugins: { none: {} },
    upstreams: { origin: { url, timeouts: effectiveTimeouts() } },
    routes: [{ path: '/' }, { functionName: 'chat', path: '/chat', upstream: { name: 'origin' } }]
  })
  await page.goto(`https://${host}:${edge.port}/`)
  t.equal(await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol"), 'h2')
  t.strictSame(await talk(page, `wss://${host}:${edge.port}/chat`), ['one', 'two', '1000'])
  t.strictSame(upgrades, ['1.1 imprun'])
})
