import t from 'tap'
import { descendants } from '../support/processes.ts'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

t.test('the end of a sandbox is 503 for the calls in flight, and the next call finds another', async t => {
  const { call, line, supervisor, operatorLines } = await startFunctions(t)
  const waiting = await makeFunction('export default (ctx) => { ctx.log.info("here"); return new Promise(() => {}) }')
  const fine = await makeFunction('export default () => "fine"')
  t.equal(bodyText(await call(fine)), 'fine')
  const before = supervisor.sockets()

  const inFlight = [call(waiting), call(waiting)]
  await line(({ message }) => message === 'here')
  const [sandbox] = descendants(process.pid).filter(({ command }) => command.includes('sandbox/main.ts'))
  process.kill(sandbox!.pid, 'SIGKILL')
  for (const promise of inFlight) await t.rejects(promise, { code: 'sandbox_lost', statusCode: 503 })

  t.equal(bodyText(await call(fine)), 'fine', 'a call meanwhile waits for the replacement')
  t.notSame(supervisor.sockets(), before)
  t.match(operatorLines.find(({ msg }) => msg === 'sandbox ended'), { signal: 'SIGKILL' })
})

t.test('a gateway whose sandbox ends does not disturb one in another sandbox', async t => {
  const { call, supervisor } = await startFunctions(t, { count: 2 })
  t.equal(supervisor.sockets().length, 2)
  const where = 'export default (ctx) => { if (ctx.path === "/crash") { const all = []; for (;;) all.push(new Array(1000)) } return "fine" }'
  const functions = await Promise.all(['a1a', 'b2b', 'c3c', 'd4d', 'e5e', 'f6f'].map(async gatewayId => await makeFunction(where, { gatewayId })))
  const attacker = functions[0]!
  const crash = call(attacker, { path: '/crash' }).then(() => 'answered', (error: { code: string }) => error.code)
  const outcomes = await Promise.all(functions.slice(1).map(async fn => await call(fn).then(bodyText, (error: { code: string }) => error.code)))
  t.match(await crash, /^(?:sandbox_lost|function_memory_exceeded|function_timeout)$/)
  t.ok(outcomes.includes('fine'), outcomes.join(' '))
  for (const fn of functions) t.equal(bodyText(await call(fn)), 'fine')
})

t.test('without a sandbox a call is refused after a while', async t => {
  const { runner, call } = await startFunctions(t)
  runner.setSockets([null])
  await t.rejects(call(await makeFunction('export default () => 1')), { code: 'function_unavailable', statusCode: 503 })
})
