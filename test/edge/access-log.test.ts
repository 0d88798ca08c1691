import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { fileSink, openAccessLog } from '../../data-plane/edge/access-log.ts'
import { createRecorder, formatEntry, type AccessEntry, type LineSink } from '../../data-plane/edge/record.ts'

const entry: AccessEntry = {
  time: Date.parse('2030-01-02T03:04:05.678Z'), requestId: 'abc1', route: 'shop-prod', functionName: 'hello', versionId: 'v1', clientId: 'mobile', apiKeyId: 'k1',
  method: 'GET', path: '/hello', status: 200, code: null, durationMs: 1.23456, functionMs: 1, bodyBytes: 5
}
const fail = (error: unknown): never => { throw error }

t.test('a line is JSON, whatever a stranger sends', async t => {
  t.strictSame(JSON.parse(formatEntry(entry)), {
    time: '2030-01-02T03:04:05.678Z', requestId: 'abc1', route: 'shop-prod', function: 'hello', version: 'v1', client: 'mobile', apiKeyId: 'k1',
    method: 'GET', path: '/hello', status: 200, durationMs: 1.235, functionMs: 1, bytes: 5
  })
  const odd = { ...entry, route: null, functionName: null, versionId: null, clientId: null, apiKeyId: null, path: '/"\\\n\u2028\xe9', code: 'host_unknown' }
  const line = formatEntry(odd)
  t.equal(line.indexOf('\n'), line.length - 1)
  t.match(JSON.parse(line), { route: null, path: odd.path, code: 'host_unknown' })
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

t.test('a slow disk costs lines, not memory, and says how many', async t => {
  const written: string[] = []
  const opened = Promise.withResolvers<void>()
  const sink: LineSink = {
    write: async lines => {
      written.push(lines)
      await opened.promise
    },
    close: async () => {}
  }
  const bytes = formatEntry(entry).length
  const recorder = createRecorder({ sink, onError: fail, flushBytes: bytes, maxWaitingBytes: 10 * bytes })
  for (let i = 0; i < 30; i++) recorder.write(entry)
  opened.resolve()
  await recorder.close()
  t.equal(written.length, 2)
  const lines = written.join('').trimEnd().split('\n')
  t.equal(lines.length, 12, 'one under way, ten waiting, one that counts')
  t.match(JSON.parse(lines.at(-1)!), { dropped: 19 })
})

t.test('a disk that fails is told of once, and tried again', async t => {
  const errors: unknown[] = []
  let broken = true
  const written: string[] = []
  const sink: LineSink = {
    write: async lines => {
      if (broken) throw new Error('ENOSPC')
      written.push(lines)
    },
    close: async () => {}
  }
  const recorder = createRecorder({ sink, onError: error => { errors.push(error) }, flushBytes: 1 })
  recorder.write(entry)
  await new Promise(setImmediate)
  recorder.write(entry)
  await new Promise(setImmediate)
  broken = false
  recorder.write(entry)
  await recorder.close()
  t.equal(errors.length, 1)
  t.equal(written.length, 1)
})

t.test('off', async t => {
  const dataDir = t.testdir()
  const log = openAccessLog({ to: 'off', dataDir, worker: '1', onError: fail })
  log.write(entry)
  await log.close()
  t.strictSame(readdirSync(dataDir), [])
})
