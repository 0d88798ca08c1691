import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { cpuMicros, cpuPerRequest } from '../../bench/engine/cpu.ts'

t.test('processor time for each request, by the kind of process', async t => {
  const before = new Map([['edge', 1_000], ['other', 70]])
  const after = new Map([['edge', 3_000], ['other', 70], ['sandbox', 500]])
  t.strictSame(cpuPerRequest(before, after, 100), { edge: 20, other: 0, sandbox: 5 })
  t.equal(cpuPerRequest(before, after, 0), null)
  t.equal(cpuPerRequest(null, null, 100), null)
})

t.test('a process that works is seen to work', { skip: process.platform !== 'linux' && 'Linux alone says it this way' }, async t => {
  const child = spawn(process.execPath, ['-e', "for (const end = Date.now() + 300; Date.now() < end;); console.log('done'); process.stdin.resume()"])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const used = cpuMicros({ pid: child.pid! })!
  t.ok([...used.values()].reduce((sum, micros) => sum + micros, 0) > 0)
})
