import { pino } from 'pino'
import t from 'tap'
import type { Logger } from '#shared/log.ts'
import { makeFunction, bodyText, startFunctions } from '../support/functions.ts'

t.test('a version that ended a sandbox runs apart from others, and its owner is told', async t => {
  const { call, line, supervisor } = await startFunctions(t)
  const source = 'let calls = 0; export default (ctx) => { calls++; if (ctx.path === "/stall") BigInt("9".repeat(20e6)).toString(); return String(calls) }'
  const culprit = await makeFunction(source, { functionName: 'culprit' })
  const neighbour = await makeFunction('let calls = 0; export default () => String(++calls)')
  await call(neighbour)
  await t.rejects(call(culprit, { path: '/stall', requestId: 'req-7' }), { code: 'function_timeout', statusCode: 504 })
  t.match(await line(({ functionName, level, message }) => functionName === 'culprit' && level === 'error' && message.includes('apart')),
    { requestId: 'req-7', message: /processor for more than 750 ms without a pause.*sandbox apart/, fields: { code: 'function_timeout', maxTurnMs: 750, runsApart: true } })
  t.strictSame(Object.keys(supervisor.placement().apart), [culprit.key.slice(0, culprit.key.lastIndexOf('/'))])

  t.equal(bodyText(await call(neighbour)), '1', 'the neighbour has been moved once')
  t.equal(bodyText(await call(culprit)), '1')
  await t.rejects(call(culprit, { path: '/stall' }), { code: 'function_timeout' })
  t.equal(bodyText(await call(neighbour)), '2', 'and the next time it is not disturbed any more')
  t.equal(bodyText(await call(culprit)), '1', 'a sandbox that runs one function is replaced, too')
})

t.test('a version that keeps others waiting runs apart without having ended anything', async t => {
  const { call, line, supervisor } = await startFunctions(t, { limits: { heavyTurnMs: 10, maxHeavyMs: 120 } })
  // Long enough to be seen at work, and far from the end of a turn's time where others keep the processor busy.
  const heavy = await makeFunction('export default () => { for (let i = 0; i < 8e7; i++); return "done" }', { functionName: 'heavy' })
  const told = line(({ functionName, message }) => functionName === 'heavy' && message.includes('apart'))
  while (Object.keys(supervisor.placement().apart).length === 0) await call(heavy)
  t.match(await told, { level: 'error', requestId: null, message: /more than 120 ms, in turns of more than 10 ms\./, fields: { maxHeavyMs: 120, heavyTurnMs: 10, runsApart: true } })
  t.equal(bodyText(await call(heavy)), 'done')
})

t.test('a sandbox of functions that run apart sleeps while nobody calls them', async t => {
  let slots: ReadonlyArray<string | null> = []
  let started = 0
  const watchers = new Set<() => void>()
  const look = (): void => { for (const watcher of watchers) watcher() }
  const logger: Logger = pino({ level: 'info' }, {
    write: text => {
      if ((JSON.parse(text) as { msg: string }).msg === 'sandbox started') started++
      look()
    }
  })
  const { call, supervisor } = await startFunctions(t, {
    logger,
    apartIdleMs: 300,
    limits: { heavyTurnMs: 10, maxHeavyMs: 60 },
    onPlacement: ({ sockets }) => {
      slots = sockets
      look()
    }
  })
  const until = async (isSo: () => boolean): Promise<void> => await new Promise(resolve => {
    const watcher = (): void => {
      if (!isSo()) return
      watchers.delete(watcher)
      resolve()
    }
    watchers.add(watcher)
    watcher()
  })
  const heavy = await makeFunction('let calls = 0; export default () => { for (let i = 0; i < 8e7; i++); return String(++calls) }')
  while (Object.keys(supervisor.placement().apart).length === 0) await call(heavy)
  await until(() => typeof slots[1] === 'string')
  await call(heavy)
  // The shared one, the one apart, and the one that stands by to be woken.
  await until(() => slots[1] === null && started >= 3)
  t.equal(typeof slots[0], 'string', 'the shared one stays')
  t.equal(bodyText(await call(heavy)), '1', 'a call wakes it, and is answered by a new isolate')
})

t.test('more calls at once than a function may have are refused', async t => {
  const { call } = await startFunctions(t)
  const slow = await makeFunction('export default () => new Promise(done => setTimeout(() => done("done"), 200))')
  const outcomes = await Promise.all(Array.from({ length: 1_100 }, async () => await call(slow).then(bodyText, (error: { code: string, headers: object }) => `${error.code} ${JSON.stringify(error.headers)}`)))
  t.strictSame(new Set(outcomes), new Set(['done', 'function_overloaded {"retry-after":"1"}']))
})
