import t from 'tap'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { startDns } from '../support/dns.ts'
import { fetchAll, openEgress, reachable, startTarget } from '../support/egress.ts'

t.test('connecting: look-up and TLS handshake', async t => {
  const dns = await startDns(t, () => 'silent')
  const mute = createServer(socket => { t.teardown(() => socket.destroy()) }).listen(0, reachable)
  await once(mute, 'listening')
  t.teardown(() => mute.close())
  const { port } = mute.address() as AddressInfo
  const egress = openEgress(t, { dns: [dns.address], limits: { connectTimeoutMs: 100 } })
  t.strictSame(await fetchAll(egress, 'http://silent.example/'), { code: 'connect_timeout', message: 'connect to silent.example timed out after 100 ms' })
  t.strictSame(await fetchAll(egress, `https://${reachable}:${port}/`), { code: 'connect_timeout', message: `connect to ${reachable}:${port} timed out after 100 ms` })
})

t.test('the response does not begin', async t => {
  const target = await startTarget(t, () => undefined)
  const egress = openEgress(t, { limits: { headersTimeoutMs: 100 } })
  t.strictSame(await fetchAll(egress, target.origin), { code: 'headers_timeout', message: `${reachable}:${target.port} sent no response within 100 ms` })
})

t.test('the body stops', async t => {
  const target = await startTarget(t, (_request, response) => { response.write('begun') })
  const egress = openEgress(t, { limits: { idleTimeoutMs: 100 } })
  t.strictSame(await fetchAll(egress, target.origin), { code: 'body_timeout', message: `${reachable}:${target.port} sent nothing for 100 ms` })
})

t.test('the body trickles', async t => {
  const target = await startTarget(t, (_request, response) => {
    const timer = setInterval(() => response.write('.'), 10)
    response.on('close', () => clearInterval(timer))
  })
  const egress = openEgress(t)
  t.strictSame(await fetchAll(egress, target.origin, { limits: { totalTimeoutMs: 200 } }), { code: 'timeout', message: 'the request took longer than 200 ms' })
  await target.disconnected()
})

t.test('the function itself sends nothing', async t => {
  const target = await startTarget(t)
  const egress = openEgress(t, { limits: { totalTimeoutMs: 200 } })
  const never = { [Symbol.asyncIterator]: () => ({ next: async () => await new Promise<never>(() => undefined) }) }
  t.match(await fetchAll(egress, target.origin, { method: 'POST', body: never }), { code: 'timeout' })
})
