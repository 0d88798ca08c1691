import t from 'tap'
import { luaScript, parseWrk } from '../../bench/engine/wrk.ts'

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

t.test('no header value can end its string in the script', async t => {
  const script = luaScript({ headers: [{ host: 'a.example', 'x-api-key': '\'] = os.exit() --' }] })
  t.notMatch(script, 'os.exit()')
  t.match(script, "['Host']", 'wrk looks for this spelling')
})

t.test('a body is sent byte by byte, with its method', async t => {
  const script = luaScript({ method: 'POST', headers: [{}], body: '{"ü":1}' })
  t.match(script, "wrk.format('POST', nil, headers, body)")
  t.match(script, "local body = '\\123\\034\\195\\188\\034\\0581\\125'")
})

t.test('large bodies are prepared for some of the headers', async t => {
  const headers = Array.from({ length: 1_000 }, (_, index) => ({ 'x-api-key': `key${index}` }))
  t.equal(luaScript({ headers }).match(/key\d+/g)!.length, 1_000)
  t.equal(luaScript({ method: 'POST', headers, body: 'x'.repeat(2 ** 20) }).match(/key\d+/g)!.length, 64)
})
