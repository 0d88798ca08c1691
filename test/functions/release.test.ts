import t from 'tap'
import type { FunctionLogLine } from '../../data-plane/functions/runner.ts'
import { bodyJson, makeFunction, startFunctions } from '../support/functions.ts'

const { call, runner, lines } = await startFunctions(t)

t.test('a function that is released says what it used, and begins anew where it is called again', async t => {
  const fn = await makeFunction('let calls = 0\nconst kept = []\nexport default () => { kept.push(new Array(200_000).fill(1.5)); return ++calls }')
  t.equal(bodyJson(await call(fn)), 1)
  t.equal(bodyJson(await call(fn)), 2)
  const usage = await runner.release(fn)
  t.ok(usage!.heapBytes > 3_000_000, `${usage!.heapBytes} bytes`)
  t.ok(usage!.cpuMs > 0)
  t.equal(await runner.release(fn), null, 'it is gone')
  t.equal(bodyJson(await call(fn)), 1)
})

t.test('nothing is known of one that a limit has ended, or that was never called', async t => {
  const loop = await makeFunction('export default () => { for (;;); }', { timeoutMs: 100 })
  await t.rejects(call(loop), { code: 'function_timeout' })
  t.equal(await runner.release(loop), null)
  t.equal(await runner.release(await makeFunction('export default () => 1')), null)
})

t.test('a function with a log of its own writes there alone', async t => {
  const own: FunctionLogLine[] = []
  lines.length = 0
  const fn = { ...await makeFunction('export default (ctx) => { ctx.log.info("mine"); throw new Error("no") }'), onLog: (line: FunctionLogLine) => { own.push(line) } }
  await t.rejects(call(fn), { code: 'function_failed' })
  t.match(own, [{ message: 'mine' }, { message: /The function threw/ }])
  t.strictSame(lines, [])
})
