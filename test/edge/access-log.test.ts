import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { openAccessLog } from '../../data-plane/edge/access-log.ts'
import { fileSink } from '../../data-plane/edge/line-sinks.ts'
import { formatEntry, type AccessEntry } from '../../data-plane/edge/record.ts'

const entry: AccessEntry = {
  time: Date.parse('2030-01-02T03:04:05.678Z'), requestId: 'abc1', route: 'shop-prod', release: 12, functionName: 'hello', versionId: 'v1', clientId: 'mobile', apiKeyId: 'k1',
  upstream: null, method: 'GET', path: '/hello', status: 200, code: null, durationMs: 1.23456, functionMs: 1, attempts: 0, bodyBytes: 5
}
const fail = (error: unknown): never => { throw error }

t.test('a line is JSON, whatever a stranger sends', async t => {
  t.strictSame(JSON.parse(formatEntry(entry)), {
    time: '2030-01-02T03:04:05.678Z', requestId: 'abc1', route: 'shop-prod', release: 12, function: 'hello', version: 'v1', client: 'mobile', apiKeyId: 'k1',
    method: 'GET', path: '/hello', status: 200, durationMs: 1.235, functionMs: 1, bytes: 5
  })
  const odd = { ...entry, route: null, release: null, functionName: null, versionId: null, clientId: null, apiKeyId: null, path: '/"\\\n\u2028\xe9', code: 'host_unknown' }
  const line = formatEntry(odd)
  t.equal(line.indexOf('\n'), line.length - 1)
  t.match(JSON.parse(line), { route: null, path: odd.path, code: 'host_unknown' })
  t.notHas(JSON.parse(line), { release: Number })
})

t.test('lines are written together, and all of them before the end', async t => {
  const dataDir = t.testdir()
  const log = openAccessLog({ to: 'file', dataDir, worker: '1', onError: fail })
  for (let i = 0; i < 1000; i++) log.write({ ...entry, bodyBytes: i })
  await log.close()
  const file = path.join(dataDir, 'logs', 'access-1.ndjson')
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').map(line => JSON.parse(line) as { bytes: number })
  t.strictSame(lines.map(line => line.bytes), Array.from({ length: 1000 }, (_, i) => i))
  t.equal(statSync(file).mode & 0o077, 0, 'for nobody else to read')
})

t.test('a file that has grown is set aside, one and no more', async t => {
  const file = path.join(t.testdir(), 'access.ndjson')
  const first = fileSink(file, 100)
  await first.write('a'.repeat(60))
  await first.close()
  const sink = fileSink(file, 100)
  await sink.write('b'.repeat(60))
  t.equal(readFileSync(`${file}.1`, 'utf8'), 'a'.repeat(60), 'what an earlier process wrote counts')
  await sink.write('c'.repeat(60))
  await sink.write('d'.repeat(30))
  await sink.close()
  t.equal(readFileSync(`${file}.1`, 'utf8'), 'b'.repeat(60))
  t.equal(readFileSync(file, 'utf8'), 'c'.repeat(60) + 'd'.repeat(30))
  t.strictSame(readdirSync(path.dirname(file)).sort(), ['access.ndjson', 'access.ndjson.1'])
})

t.test('off', async t => {
  const dataDir = t.testdir()
  const log = openAccessLog({ to: 'off', dataDir, worker: '1', onError: fail })
  log.write(entry)
  await log.close()
  t.strictSame(readdirSync(dataDir), [])
})
