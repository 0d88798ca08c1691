import { pino } from 'pino'
import t from 'tap'
import { createFunctionRunner } from '../../data-plane/functions/client.ts'
import { functionLimits } from '../../data-plane/functions/limits.ts'
import { chunksOf, makeCall, makeFunction, startFunctions } from '../support/functions.ts'

const { supervisor } = await startFunctions(t)
let now = Date.now()
const messages: string[] = []
const runner = createFunctionRunner({
  sockets: supervisor.placement().sockets, logger: pino({ level: 'silent' }), onLog: ({ message }) => messages.push(message), clock: { now: () => now }
})
t.teardown(async () => await runner.close())

const ticking = await makeFunction('export default async function * () { for (;;) { yield "tick"; await new Promise(r => setTimeout(r, 5)) } }')
const silent = await makeFunction('export default async function * () { yield "tick"; await new Promise(() => {}) }')

t.test('the time until the head does not count for what follows', async t => {
  const { next, leave } = chunksOf(await runner.call({ ...ticking, timeoutMs: 1_000 }, makeCall()))
  await next()
  now += 2_000
  for (let i = 0; i < 20; i++) t.equal(await next(), 'tick')
  leave()
})

t.test('a stream lives so long', async t => {
  const { next } = chunksOf(await runner.call(ticking, makeCall()))
  for (let spent = 0; spent < functionLimits.streamMs; spent += functionLimits.streamIdleMs / 8) {
    await next()
    now += functionLimits.streamIdleMs / 8
  }
  await t.rejects(untilEnd(next), { code: 'function_timeout' })
  t.equal(messages.at(-1), 'The response was cut off: it may take 900000 ms at most.')
})

t.test('a stream is silent for so long', async t => {
  const { next } = chunksOf(await runner.call(silent, makeCall()))
  await next()
  now += functionLimits.streamIdleMs
  await t.rejects(untilEnd(next), { code: 'function_timeout' })
  t.equal(messages.at(-1), 'The response was cut off: nothing was sent for 60000 ms.')
})

async function untilEnd (next: () => Promise<string | undefined>): Promise<void> {
  for (;;) if (await next() === undefined) return
}
