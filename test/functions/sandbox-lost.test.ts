import t from 'tap'
import { placeShared } from '../../data-plane/functions/placement.ts'
import { chooseSlot } from '../../data-plane/functions/rendezvous.ts'
import { sandboxesOf } from '../support/processes.ts'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

t.test('calls in flight of a sandbox that ended by itself run once more, and no more than that', async t => {
  const { call, lines, line, supervisor, operatorLines } = await startFunctions(t)
  const waiting = await makeFunction('export default (ctx) => { ctx.log.info(`here ${ctx.path}`); return new Promise(() => {}) }', { timeoutMs: 30_000 })
  const begun = async (times: number): Promise<void> => {
    await Promise.all(['/a', '/b'].map(async path => await line(({ message }) => message === `here ${path}` && lines.filter(other => other.message === message).length === times)))
  }
  const before = supervisor.placement().sockets
  const inFlight = ['/a', '/b'].map(async path => await call(waiting, { path }).then(() => 'answered', (error: { code: string }) => error.code))
  await begun(1)
  killFirst()
  await begun(2)
  t.notSame(supervisor.placement().sockets, before)
  killFirst()
  t.strictSame(await Promise.all(inFlight), ['sandbox_lost', 'sandbox_lost'])
  t.ok(operatorLines.some(({ msg }) => msg === 'sandbox ended'))
  const told = lines.filter(({ fields }) => fields.code === 'sandbox_lost')
  t.equal(told.length, 2, 'their owner can see why')
  t.match(told[0], { level: 'warn', requestId: 'req-1', message: /^The sandbox that the call ran in has ended; it was not run again\.$/ })
  t.equal(bodyText(await call(await makeFunction('export default () => "fine"'))), 'fine')
})

t.test('a call that must not run twice does not', async t => {
  const { call, lines, line } = await startFunctions(t)
  const waiting = await makeFunction('export default (ctx) => { ctx.log.info("here"); return new Promise(() => {}) }', { timeoutMs: 30_000 })
  const lost = t.rejects(call(waiting, { once: true }), { code: 'sandbox_lost' })
  await line(({ message }) => message === 'here')
  killFirst()
  await lost
  t.equal(lines.filter(({ message }) => message === 'here').length, 1)
})

/** The sandbox that functions run in: the one that was started before the one that stands by. */
function killFirst (): void {
  const [sandbox] = sandboxesOf(process.pid).sort((a, b) => Number(a.startTime) - Number(b.startTime))
  process.kill(sandbox!.pid, 'SIGKILL')
}

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
  runner.place(placeShared([null]))
  await t.rejects(call(await makeFunction('export default () => 1')), { code: 'function_unavailable', statusCode: 503 })
})
