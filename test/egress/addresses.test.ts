import t from 'tap'
import { createAddressGuard } from '../../data-plane/egress/addresses.ts'

const refused = {
  'this host': ['0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.255.254', '::', '::1'],
  'private networks': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', 'fc00::1', 'fd12:3456::1', 'fec0::1'],
  'one link, cloud metadata': ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', '2600::1%eth0', 'fd00:ec2::254'],
  'many receivers': ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
  reserved: [
    '192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1', '192.88.99.1', '100::1', '2001:db8::1', '2001:2::1', '2001:10::1',
    '3fff::1', '5f00::1', '4000::1', '1::1', 'e000::1'
  ],
  'IPv4 inside IPv6': [
    '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '0:0:0:0:0:ffff:a00:1', '::ffff:0:127.0.0.1', '::127.0.0.1', '::7f00:1', '::808:808',
    '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::808:808', '2002:7f00:1::', '2002:808:808::1', '2001:0:808:808::1', '2001::1'
  ],
  'no addresses': ['', 'localhost', 'example.com', '127.1', '2130706433', '0x7f.0.0.1', '0177.0.0.1', '127.0.0.1.', ' 8.8.8.8', '8.8.8.8/32', '[2600::1]', '1.2.3']
}

t.test('only public unicast addresses are allowed', async t => {
  const guard = createAddressGuard()
  for (const [what, addresses] of Object.entries(refused)) {
    t.strictSame(addresses.filter(guard.allows), [], what)
  }
  const allowed = ['1.1.1.1', '8.8.8.8', '93.184.215.14', '172.15.0.1', '172.32.0.1', '2600::1', '2a00:1450:4001::200e', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8']
  t.strictSame(allowed.filter(address => !guard.allows(address)), [])
})

t.test('the operator allows more, and exactly that', async t => {
  const guard = createAddressGuard({ allow: ['10.1.0.0/16', 'fd00:1::/32', '::ffff:192.168.7.0/120'] })
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd00:1::5', '192.168.7.9', '8.8.8.8']) t.ok(guard.allows(address), address)
  for (const address of ['10.2.0.1', '64:ff9b::10.1.2.3', 'fd00:2::5', '192.168.8.1', 'fd00:1::5%eth0', '127.0.0.1']) t.notOk(guard.allows(address), address)
})

t.test('a range that is none is refused at the start', async t => {
  for (const range of ['10.0.0.0', '10.0.0.0/33', 'internal/8', '10.1/16', '']) t.throws(() => createAddressGuard({ allow: [range] }), TypeError, range)
})
