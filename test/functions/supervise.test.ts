import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'
import { sandboxesOf, survivors } from '../support/processes.ts'

const sandboxes = (): ReturnType<typeof sandboxesOf> => sandboxesOf(process.pid)

t.test('closing leaves no process, no socket and no file', async t => {
  let sockets: ReadonlyArray<string | null> = []
  const { call, runner, supervisor } = await startFunctions(t, { count: 2, onPlacement: ({ sockets: changed }) => { sockets = changed } })
  t.equal(bodyText(await call(await makeFunction('export default () => "fine"'))), 'fine')
  const running = sandboxes()
  t.ok(running.length >= 2)
  const runDir = path.dirname(path.dirname(sockets[0]!))
  await runner.close()
  await supervisor.close()
  t.strictSame(await survivors(running), [])
  t.strictSame(readdirSync(runDir), [])
})

t.test('a sandbox inherits no variable of its parent', async t => {
  process.env.IMPRUN_TEST_SECRET = 'do not tell'
  t.teardown(() => { delete process.env.IMPRUN_TEST_SECRET })
  await startFunctions(t)
  const [sandbox] = sandboxes()
  // The test runner adds some of its own.
  t.notMatch(readFileSync(`/proc/${sandbox!.pid}/environ`, 'latin1'), /do not tell|\b(?:PATH|HOME)=/)
})

t.test('a sandbox above its memory is killed from outside, and replaced', async t => {
  const { call, operatorLines } = await startFunctions(t, { limits: { maxResidentBytes: 200 * 1024 * 1024 } })
  const bomb = await makeFunction('const all = []; export default () => { for (;;) all.push(new Array(1000)) }')
  await t.rejects(call(bomb), { code: 'function_memory_exceeded' })
  t.match(operatorLines.find(({ msg }) => String(msg).startsWith('sandbox killed')), { msg: /memory/, residentBytes: Number })
  t.equal(bodyText(await call(await makeFunction('export default () => "fine"'))), 'fine')
})

t.test('a sandbox that stands still is killed from outside, and replaced', async t => {
  const { call, operatorLines } = await startFunctions(t, { limits: { maxSilenceMs: 1_000 } })
  const [sandbox] = sandboxes()
  process.kill(sandbox!.pid, 'SIGSTOP')
  t.equal(bodyText(await call(await makeFunction('export default () => "fine"', { timeoutMs: 60_000 }))), 'fine', 'a call that had not begun runs elsewhere')
  t.match(operatorLines.find(({ msg }) => String(msg).startsWith('sandbox killed')), { msg: /stood still/ })
  t.equal(bodyText(await call(await makeFunction('export default () => "fine"'))), 'fine')
})
