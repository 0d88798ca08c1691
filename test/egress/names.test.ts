import t from 'tap'
import { startDns } from '../support/dns.ts'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

const zone: Record<string, string[]> = {
  'private.example': ['10.0.0.1', '192.168.1.1'],
  'loopback.example': ['127.0.0.1', '::1'],
  'metadata.example': ['169.254.169.254'],
  'mapped.example': ['::ffff:7f00:1'],
  'translated.example': ['64:ff9b::7f00:1'],
  'mixed.example': ['10.0.0.1', '127.0.0.1', '127.0.0.2', '::1'],
  'empty.example': []
}

t.test('every answer of a look-up is judged', async t => {
  const dns = await startDns(t, name => zone[name] ?? 'nxdomain')
  const target = await startTarget(t)
  const internal = await startTarget(t, undefined, { host: '127.0.0.1' })
  const egress = openEgress(t, { dns: [dns.address] })

  for (const name of ['private.example', 'loopback.example', 'metadata.example', 'mapped.example', 'translated.example', 'PRIVATE.example.']) {
    const answer = await fetchAll(egress, `http://${name}:${internal.port}/`)
    t.match(answer, { code: 'address_not_public', message: `the name ${name.toLowerCase()} does not lead to a public address` })
    t.notMatch(answer, { message: /\d+\.\d+/ }, 'where an internal name leads to is not told')
  }
  t.equal(internal.sockets.length, 0)

  t.match(await fetchAll(egress, `http://mixed.example:${target.port}/`), { status: 200 }, 'the bad ones of several answers are left out')
  t.equal(target.sockets.length, 1)
  t.equal(internal.sockets.length, 0)
  t.equal(target.requests[0]!.headers.host, `mixed.example:${target.port}`)
})

t.test('a name without an address', async t => {
  const dns = await startDns(t, name => name === 'broken.example' ? 'servfail' : zone[name] ?? 'nxdomain')
  const egress = openEgress(t, { dns: [dns.address] })
  t.strictSame(await fetchAll(egress, 'http://nowhere.example/'), { code: 'name_not_resolved', message: 'the name nowhere.example does not resolve' })
  t.strictSame(await fetchAll(egress, 'http://empty.example/'), { code: 'name_not_resolved', message: 'the name empty.example does not resolve' })
  t.strictSame(await fetchAll(egress, 'http://broken.example/'), { code: 'name_not_resolved', message: 'the name broken.example could not be looked up' })
  t.match(await fetchAll(egress, `http://${'a'.repeat(64)}.example/`), { code: 'name_not_resolved' })
})

t.test('an address at which nobody listens is passed over', async t => {
  const dns = await startDns(t, (_name, type) => type === 'A' ? ['127.0.0.3', '127.0.0.2'] : ['::1'])
  const target = await startTarget(t)
  const egress = openEgress(t, { dns: [dns.address], allow: ['127.0.0.2/31'] })
  t.match(await fetchAll(egress, `http://two.example:${target.port}/`), { status: 200 })
  target.server.close()
  target.server.closeAllConnections()
  t.strictSame(await fetchAll(egress, `http://two.example:${target.port}/`), {
    code: 'connect_failed', message: `the connection to two.example:${target.port} was refused`
  })
})

t.test('one family alone is enough', async t => {
  const dns = await startDns(t, (_name, type) => type === 'AAAA' ? 'silent' : ['127.0.0.2'])
  const target = await startTarget(t)
  t.match(await fetchAll(openEgress(t, { dns: [dns.address] }), `http://four.example:${target.port}/`), { status: 200 })
})
