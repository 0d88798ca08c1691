import t from 'tap'
import { startDns } from '../support/dns.ts'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

t.test('a name that changes its mind is judged at every connection, and asked once for each', async t => {
  const dns = await startDns(t, (_name, type, nth) => type === 'AAAA' ? [] : [nth === 0 ? '127.0.0.2' : '127.0.0.1'])
  const internal = await startTarget(t, undefined, { host: '127.0.0.1' })
  const target = await startTarget(t, (_request, response) => { response.setHeader('connection', 'close').end('ok') })
  const egress = openEgress(t, { dns: [dns.address] })

  t.match(await fetchAll(egress, `http://rebind.example:${target.port}/`), { status: 200 })
  t.strictSame(dns.questions.filter(question => question.startsWith('A ')), ['A rebind.example'], 'what was checked is what was dialled')
  t.match(await fetchAll(egress, `http://rebind.example:${target.port}/`), { code: 'address_not_public' })
  t.match(await fetchAll(egress, `http://rebind.example:${internal.port}/`), { code: 'address_not_public' })
  t.equal(internal.sockets.length, 0)
})

t.test('a redirect to the same name is judged again', async t => {
  const dns = await startDns(t, (_name, type, nth) => type === 'AAAA' ? [] : [nth === 0 ? '127.0.0.2' : '127.0.0.1'])
  const internal = await startTarget(t, undefined, { host: '127.0.0.1' })
  const target = await startTarget(t, (_request, response) => {
    response.writeHead(302, { location: `http://rebind.example:${internal.port}/secret` }).end()
  })
  const egress = openEgress(t, { dns: [dns.address] })
  t.match(await fetchAll(egress, `http://rebind.example:${target.port}/`), { code: 'address_not_public' })
  t.equal(internal.sockets.length, 0)
})
