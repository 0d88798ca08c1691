import t from 'tap'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

t.test('an address as host is judged in every spelling', async t => {
  const egress = openEgress(t)
  const internal = await startTarget(t, undefined, { host: '127.0.0.1' })
  const spellings = [
    '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0X7F.0.0.1', '017700000001', '0177.0.0.01', '127.0.0.1.', '0x7f.1.',
    '%31%32%37.0.0.1', '１２７.0.0.1', '127。0。0。1', '①②⑦.0.0.1', '0', '0.0.0.0', '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]', 'localhost', 'LOCALHOST', 'localhost.', 'a.localhost'
  ]
  for (const host of spellings) {
    t.match(await fetchAll(egress, `http://${host}:${internal.port}/`), { code: 'address_not_public' }, host)
  }
  t.equal(internal.sockets.length, 0)
})

t.test('what cannot be a host is no request at all', async t => {
  const egress = openEgress(t)
  for (const url of ['http://256.0.0.1/', 'http://127.0.0.0x100/', 'http://[::1', 'http://[fe80::1%25eth0]/', 'http://a b/', 'http://', '/relative', '']) {
    t.match(await fetchAll(egress, url), { code: 'request_invalid', message: /is not a valid URL/ }, url)
  }
})

t.test('the message has the address that was meant', async t => {
  t.strictSame(await fetchAll(openEgress(t), 'http://0x7f.1/'), { code: 'address_not_public', message: 'address 127.0.0.1 is not public' })
})

t.test('an address that the operator allows is reached', async t => {
  const target = await startTarget(t)
  t.match(await fetchAll(openEgress(t), target.origin), { status: 200, text: 'ok' })
  t.match(await fetchAll(openEgress(t), `http://0x7f.2:${target.port}/`), { status: 200, url: `${target.origin}/` })
})
