import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createUplink, UplinkError, type Uplink } from '../../data-plane/uplink.ts'
import { dataPlaneToken, startControlPlane } from '../support/control-plane.ts'

function uplinkTo (t: Test, controlUrl: string, token: string | null = dataPlaneToken): Uplink {
  const uplink = createUplink({ controlUrl, token: () => token })
  t.teardown(async () => await uplink.close())
  return uplink
}

async function listen (t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise(resolve => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const failureOf = async (asked: Promise<unknown>): Promise<unknown> => await asked.then(() => 'no failure', (error: unknown) =>
  error instanceof UplinkError ? { failure: error.failure, status: error.status, code: error.code } : error)

t.test('the control plane lets in the data-plane token alone', async t => {
  const { url } = await startControlPlane(t)
  t.strictSame(await failureOf(uplinkTo(t, url).post('/nothing', {})), { failure: 'refused', status: 404, code: 'not_found' })
  t.strictSame(await failureOf(uplinkTo(t, url, 'wrong').post('/nothing', {})), { failure: 'denied', status: 401, code: null })
  t.strictSame(await failureOf(uplinkTo(t, url, null).post('/nothing', {})), { failure: 'denied', status: null, code: null })
})

t.test('what is asked and answered is JSON', async t => {
  const url = await listen(t, (request, response) => {
    if (request.url === '/v1/data-plane/empty') return response.writeHead(204).end()
    let body = ''
    request.on('data', chunk => { body += String(chunk) }).on('end', () => response.end(JSON.stringify({ asked: JSON.parse(body), at: request.url, type: request.headers['content-type'] })))
  })
  const uplink = uplinkTo(t, url)
  t.strictSame(await uplink.post('/echo', { a: [1] }), { asked: { a: [1] }, at: '/v1/data-plane/echo', type: 'application/json' })
  t.equal(await uplink.post('/empty', {}), undefined)
})

t.test('no answer, a failing one and one of somebody else are the same: unreachable', async t => {
  const gone = await listen(t, (_request, response) => response.destroy())
  t.match(await failureOf(uplinkTo(t, gone).post('/x', {})), { failure: 'unreachable', status: null })
  const failing = await listen(t, (_request, response) => response.writeHead(503).end('{"code":"store_unavailable"}'))
  t.match(await failureOf(uplinkTo(t, failing).post('/x', {})), { failure: 'unreachable', status: 503 })
  const other = await listen(t, (_request, response) => response.end('<html>'))
  t.match(await failureOf(uplinkTo(t, other).post('/x', {})), { failure: 'unreachable', status: 200 })
  const silent = await listen(t, () => {})
  t.match(await failureOf(uplinkTo(t, silent).post('/x', {}, { timeoutMs: 50 })), { failure: 'unreachable', status: null })
})
