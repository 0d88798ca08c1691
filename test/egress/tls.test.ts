import t from 'tap'
import type { TLSSocket } from 'node:tls'
import { startDns } from '../support/dns.ts'
import { certificate, fetchAll, openEgress, startTarget } from '../support/egress.ts'

t.test('certificates are checked against the name that was asked for', async t => {
  const dns = await startDns(t, name => name === 'bad.example' ? ['127.0.0.1'] : ['127.0.0.2'])
  const target = await startTarget(t, (request, response) => { response.end(String((request.socket as TLSSocket).servername)) }, { secure: true })
  const trusting = openEgress(t, { dns: [dns.address], ca: [certificate] })

  t.match(await fetchAll(trusting, `https://secure.example:${target.port}/`), { status: 200, text: 'secure.example' })
  t.match(await fetchAll(trusting, `https://SECURE.example.:${target.port}/`), { status: 200, text: 'secure.example' }, 'the final dot is not in the certificate')
  t.match(await fetchAll(trusting, `https://other.example:${target.port}/`), { code: 'certificate_invalid', message: /^no secure connection to other\.example/ })
  t.match(await fetchAll(trusting, `https://127.0.0.2:${target.port}/`), { code: 'certificate_invalid' })
  t.match(await fetchAll(trusting, `https://bad.example:${target.port}/`), { code: 'address_not_public' })
  t.match(await fetchAll(openEgress(t, { dns: [dns.address] }), `https://secure.example:${target.port}/`), { code: 'certificate_invalid' }, 'nobody has signed it')
  t.equal(target.requests.length, 2)
})

t.test('plain and secure are not taken for each other', async t => {
  const [plain, secure] = [await startTarget(t), await startTarget(t, undefined, { secure: true })]
  const egress = openEgress(t)
  t.match(await fetchAll(egress, `https://127.0.0.2:${plain.port}/`), { code: 'certificate_invalid' })
  t.match(await fetchAll(egress, `http://127.0.0.2:${secure.port}/`), { code: /^(?:connection_lost|response_invalid)$/ })
})
