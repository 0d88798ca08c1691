import t from 'tap'
import type { Cancellation } from '../../data-plane/functions/runner.ts'
import { bodyJson, bodyText, makeCall, makeFunction, readStream, startFunctions } from '../support/functions.ts'
import { holdKv } from '../support/kv.ts'
import { sandboxesOf } from '../support/processes.ts'

t.test('answers find their own calls, in whichever order they come', async t => {
  const kv = holdKv()
  const { call } = await startFunctions(t, { kv })
  const fn = await makeFunction('export default async (ctx) => { const seen = await ctx.kv.increment(ctx.path); console.log(seen); return { path: ctx.path, seen } }')
  const answers = ['a', 'b', 'c'].map(async path => bodyJson(await call(fn, { path })))
  const asked = [await kv.next(), await kv.next(), await kv.next()]
  for (const [index, { operation, answer }] of asked.toReversed().entries()) answer({ result: 'key' in operation ? operation.key.charCodeAt(0) : index, error: null })
  t.strictSame(await Promise.all(answers), [{ path: 'a', seen: 97 }, { path: 'b', seen: 98 }, { path: 'c', seen: 99 }])
})

t.test('a call whose operation is under way is not run again when its sandbox is lost', async t => {
  const kv = holdKv()
  const { call } = await startFunctions(t, { kv })
  const fn = await makeFunction('export default async (ctx) => ctx.kv.increment("n")')
  const lost = call(fn).then(() => 'answered', (error: { code: string }) => error.code)
  const { answer } = await kv.next()
  const [sandbox] = sandboxesOf(process.pid).sort((a, b) => Number(a.startTime) - Number(b.startTime))
  process.kill(sandbox!.pid, 'SIGKILL')
  t.equal(await lost, 'sandbox_lost')
  answer({ result: 1, error: null })
  const again = call(fn)
  ;(await kv.next()).answer({ result: 2, error: null })
  t.equal(bodyText(await again), '2')
  t.equal(kv.held.length, 2, 'it was asked once')
})

t.test('an operation whose call is cancelled harms nothing, and what the function hears is that the call has ended', async t => {
  const kv = holdKv()
  const { runner, call, line } = await startFunctions(t, { kv })
  const fn = await makeFunction(`export default async (ctx) => {
    if (ctx.path === '/fine') return ctx.kv.get('fine')
    try { await ctx.kv.set('a', 1) } catch (error) { console.log('heard ' + error.code) }
    try { await ctx.kv.set('b', 1) } catch (error) { console.log('again ' + error.code) }
  }`, { timeoutMs: 30_000 })
  const cancellation: Cancellation = { running: null }
  const abandoned = runner.call(fn, makeCall(), cancellation)
  const { answer } = await kv.next()
  cancellation.running!.cancel()
  await t.rejects(abandoned, { code: 'function_timeout' })
  const fine = call(fn, { path: '/fine' })
  ;(await kv.next()).answer({ result: { value: '"fine"', version: 1, expiresAt: null }, error: null })
  t.equal(bodyText(await fine), 'fine')
  answer({ result: { version: 1, expiresAt: null }, error: null })
  t.ok(await line(({ message }) => message === 'heard kv_call_ended'))
  t.ok(await line(({ message }) => message === 'again kv_call_ended'))
  t.equal(kv.held.length, 2)
})

t.test('what nobody awaits is carried out, and a ctx that outlives its call is of no use', async t => {
  const kv = holdKv()
  const { call } = await startFunctions(t, { kv })
  const fn = await makeFunction(`let kept
  export default async (ctx) => {
    if (ctx.path === '/later') return { code: await kept.kv.get('a').catch(error => error.code), same: await kept.kv.get('a').catch(error => error.name) }
    kept = ctx
    void ctx.kv.increment('visits')
    return 'done'
  }`)
  t.equal(bodyText(await call(fn)), 'done')
  t.match(await kv.next(), { operation: { op: 'increment', key: 'visits' } })
  t.strictSame(bodyJson(await call(fn, { path: '/later' })), { code: 'kv_call_ended', same: 'Error' })
})

t.test('a function has so many under way, and the rest follows; the end of a call makes room for others', async t => {
  const kv = holdKv()
  const { call } = await startFunctions(t, { kv })
  const fn = await makeFunction(`export default async (ctx) => {
    if (ctx.path === '/leave') { for (let n = 0; n < 500; n++) void ctx.kv.get('left'); return 'left' }
    return (await Promise.all(Array.from({ length: 300 }, (_value, n) => ctx.kv.increment('n')))).join()
  }`)
  t.equal(bodyText(await call(fn, { path: '/leave' })), 'left')
  const left = kv.held.length
  t.equal(left, 128, 'as many as may be under way')
  const answer = call(fn)
  let most = 0
  for (let n = 0; n < left; n++) await kv.next()
  for (let n = 0; n < 300; n++) {
    const { answer } = await kv.next()
    most = Math.max(most, kv.held.length - left - n)
    answer({ result: n, error: null })
  }
  t.equal(bodyText(await answer), Array.from({ length: 300 }, (_value, n) => n).join())
  t.ok(most <= 128, `${most} at a time`)
})

t.test('it streams, too', async t => {
  const kv = holdKv()
  const { call } = await startFunctions(t, { kv })
  const fn = await makeFunction('export default async function * (ctx) { yield "a"; yield String(await ctx.kv.increment("n")) }')
  const result = await call(fn)
  ;(await kv.next()).answer({ result: 5, error: null })
  t.equal(await readStream(result), 'a5')
})
