import t from 'tap'
import { chooseSlot } from '../../data-plane/functions/rendezvous.ts'
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
  const { call } = await startFunctions(t, { count: 2 })
  const source = 'export default (ctx) => { if (ctx.path === "/crash") { const all = []; for (;;) all.push(new Array(1000)) } return "fine" }'
  const attacker = await makeFunction(source, { gatewayId: 'shop' })
  const gatewayId = Array.from({ length: 20 }, (_value, n) => `other${n}`).find(id => chooseSlot(id, 2) !== chooseSlot('shop', 2))!
  const neighbour = await makeFunction(source, { gatewayId })

  const attack = { isOver: false }
  const crash = call(attacker, { path: '/crash' }).catch((error: { code: string }) => error.code).finally(() => { attack.isOver = true })
  let calls = 0
  for (; !attack.isOver; calls++) if (bodyText(await call(neighbour)) !== 'fine') t.fail('the neighbour was not answered')
  t.match(await crash, /^(?:sandbox_lost|function_memory_exceeded|function_timeout)$/)
  t.ok(calls > 0)
})

t.test('without a sandbox a call is refused after a while', async t => {
  const { runner, call } = await startFunctions(t)
  runner.setSockets([null])
  await t.rejects(call(await makeFunction('export default () => 1')), { code: 'function_unavailable', statusCode: 503 })
})
