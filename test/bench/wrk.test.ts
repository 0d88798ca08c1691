import t from 'tap'
import { headersOfRound, luaScript, parseWrk, requestHeads } from '../../bench/engine/wrk.ts'

const output = `Running 4s test @ http://127.0.0.1:8080/hello
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.09ms  512.33us  20.31ms   92.07%
    Req/Sec    59.71k     3.12k   66.02k    77.50%
  Latency Distribution
     50%  980.00us
     75%    1.21ms
     90%    1.54ms
     99%    2.80ms
  237834 requests in 4.00s, 60.33MB read
Requests/sec:  59431.22
Transfer/sec:     15.08MB
`

t.test('what wrk prints', async t => {
  t.strictSame(parseWrk(output), { requests: 237834, requestsPerSecond: 59431.22, p50Ms: 0.98, p99Ms: 2.8, failures: 0 })
})

t.test('requests that failed are counted, whatever the way they failed', async t => {
  const failed = output.replace('Requests/sec', '  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 90\nRequests/sec')
  t.equal(parseWrk(failed).failures, 100)
})

t.test('anything else is not taken for a measurement', async t => {
  t.throws(() => parseWrk('unable to connect to 127.0.0.1:1 Connection refused\n'), /not the output of wrk/)
})

t.test('the script reads what it sends, and no path can end its string', async t => {
  const script = luaScript("/tmp/a'] = os.exit() --/heads", '/tmp/body')
  t.notMatch(script, 'os.exit()')
  t.match(script, "read('\\047tmp\\047body')")
})

t.test('each request is sent with its host, its headers and the length of its body', async t => {
  t.equal(requestHeads({ url: 'http://127.0.0.1:8080/a?b=c' }, [{ 'x-api-key': 'k1' }, { host: 'a.example' }]),
    'GET /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nx-api-key: k1\r\n\r\n\0GET /a?b=c HTTP/1.1\r\nhost: a.example\r\n\r\n\0')
  t.equal(requestHeads({ url: 'http://127.0.0.1/', method: 'POST', body: '{"ü":1}' }, [{}]), 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 8\r\n\r\n\0')
})

t.test('no value is a header of its own, or a request', async t => {
  for (const value of ['a\r\nb: c', 'a\nb', 'a\0GET / HTTP/1.1']) t.throws(() => requestHeads({ url: 'http://127.0.0.1/' }, [{ 'x-api-key': value }]), TypeError)
})

t.test('a round goes on where the one before has ended', async t => {
  const headers = [0, 1, 2, 3, 4]
  t.strictSame(headersOfRound({ headers }, 0, 1), headers)
  t.strictSame(headersOfRound({ headers }, 13, 1), [3, 4, 0, 1, 2])
  const many = Array.from({ length: 250_000 }, (_, index) => index)
  t.equal(headersOfRound({ headers: many }, 0, 1).length, 100_000, 'and has no more than can be sent in it')
  t.equal(headersOfRound({ headers: many }, 240_000, 1)[10_000], 0)
})

t.test('large bodies are prepared for some of the headers', async t => {
  const headers = Array.from({ length: 1_000 }, (_, index) => ({ 'x-api-key': `key${index}` }))
  t.equal(headersOfRound({ headers }, 0, 1).length, 1_000)
  t.equal(headersOfRound({ headers, body: 'x'.repeat(2 ** 20) }, 0, 1).length, 64)
})
