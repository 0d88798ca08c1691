import t, { type Test } from 'tap'
import { effectiveLimits, type FunctionLimits } from '#shared/function-limits.ts'
import { bodyText, makeFunction, readStream, startFunctions } from '../support/functions.ts'

const { call, lines, line } = await startFunctions(t)

const limited = async (source: string, limits: Partial<FunctionLimits>) => await makeFunction(source, { limits: effectiveLimits(limits), timeoutMs: 20_000 })
const neighbour = await makeFunction('export default () => "fine"')

/** Whatever a function runs into, another one is served. */
function besideNeighbour (name: string, test: (t: Test) => Promise<void>): void {
  void t.test(name, async t => {
    await test(t)
    t.equal(bodyText(await call(neighbour)), 'fine', 'the neighbour')
  })
}

const work = `async function work (ms) {
  for (let spent = 0; spent < ms; spent += 20) { const end = Date.now() + 20; while (Date.now() < end); await new Promise(r => setTimeout(r)) }
}`

besideNeighbour('cpuMs: the processor time of one call, whatever its turns', async t => {
  const fn = await limited(`${work}; export default async ctx => { await work(Number(ctx.query.ms)); return 'done' }`, { cpuMs: 400 })
  t.equal(bodyText(await call(fn, { query: 'ms=100' })), 'done')
  t.equal(bodyText(await call(fn, { query: 'ms=100' })), 'done', 'each call has as much')
  await t.rejects(call(fn, { query: 'ms=20000' }), { code: 'function_timeout' })
  const said = await line(({ message, versionId }) => message.includes('more than 400 ms (cpuMs)') && versionId === fn.versionId)
  t.strictSame(said.fields, { code: 'function_timeout', cpuMs: 400 }, 'as every word of the machinery')
})

besideNeighbour('cpuMs: a turn without a pause ends with it', async t => {
  const fn = await limited('export default ctx => { const end = Date.now() + Number(ctx.query.ms); while (Date.now() < end); return "done" }', { cpuMs: 250 })
  t.equal(bodyText(await call(fn, { query: 'ms=1' })), 'done')
  await t.rejects(call(fn, { query: 'ms=2000' }), { code: 'function_timeout' })
  await line(({ message, versionId }) => message.includes('for 250 ms without a pause (cpuMs)') && versionId === fn.versionId)
})

besideNeighbour('cpuMs: loading the module is no call\'s', async t => {
  const fn = await limited(`${work}; const end = Date.now() + 250; while (Date.now() < end); export default async () => { await work(40); return 'loaded' }`, { cpuMs: 200 })
  t.equal(bodyText(await call(fn)), 'loaded')
})

// In many turns: V8 looks hard for memory before it gives up, and that is not to be taken for a turn without a pause.
const keep = `const all = []
export default async ctx => {
  for (let i = 0; i < Number(ctx.query.mb); i++) {
    all.push(new Array(131_072).fill(i + 0.5))
    await new Promise(resolve => setTimeout(resolve))
  }
  return String(all.length)
}`

besideNeighbour('memoryMb: what the isolate may keep', async t => {
  const small = await limited(keep, { memoryMb: 32, cpuMs: 10_000 })
  const large = await limited(keep, { memoryMb: 128, cpuMs: 10_000 })
  t.equal(bodyText(await call(small, { query: 'mb=8' })), '8')
  t.equal(bodyText(await call(large, { query: 'mb=60' })), '60', 'more than the default')
  await t.rejects(call(small, { query: 'mb=60' }), { code: 'function_memory_exceeded' })
  await line(({ message, versionId }) => message.includes('32 MB of memory (memoryMb)') && versionId === small.versionId)
  t.equal(bodyText(await call(large, { query: 'mb=1' })), '61', 'and the other is still there')
})

besideNeighbour('maxResponseBytes: of an answer that is whole', async t => {
  for (const value of ['"x".repeat(n)', '"\\u00e9".repeat(n / 2)', 'new Uint8Array(n).fill(200)', 'new Response("x".repeat(n))']) {
    const fn = await limited(`export default ctx => { const n = Number(ctx.query.n); return ${value} }`, { maxResponseBytes: 2_000 })
    t.equal((await call(fn, { query: 'n=2000' })).status, 200, value)
    await t.rejects(call(fn, { query: 'n=2002' }), { code: 'function_response_too_large' }, value)
    await line(({ message, versionId }) => message === 'The response has more than 2000 bytes (maxResponseBytes).' && versionId === fn.versionId)
  }
})

besideNeighbour('maxResponseBytes: an answer that streams is cut off, and the function is told', async t => {
  const fn = await limited(`let cancelled
  export default ctx => {
    if (ctx.path === '/cancelled') return cancelled
    let resolve; cancelled = new Promise(r => { resolve = r })
    let left = Number(ctx.query.n)
    return new Response(new ReadableStream({
      pull (controller) { if (left-- > 0) controller.enqueue(new Uint8Array(1000).fill(65)); else controller.close() },
      cancel () { resolve('cancelled') }
    }))
  }`, { maxResponseBytes: 300_000 })
  t.equal((await readStream(await call(fn, { query: 'n=300' }))).length, 300_000)
  await t.rejects(readStream(await call(fn, { query: 'n=1000000' })), { code: 'function_response_too_large' })
  t.equal(bodyText(await call(fn, { path: '/cancelled' })), 'cancelled')
  await line(({ message, versionId }) => message === 'The response was cut off: it has more than 300000 bytes (maxResponseBytes).' && versionId === fn.versionId)
})

besideNeighbour('concurrentCalls: the next one is refused while so many wait', async t => {
  const fn = await limited('const all = []; export default ctx => ctx.path === "/go" ? all.splice(0).forEach(go => go("went")) : new Promise(go => all.push(go))', { concurrentCalls: 3 })
  const waiting = [call(fn), call(fn)]
  await Promise.all([call(fn, { path: '/go' }), ...waiting])
  const full = [call(fn), call(fn), call(fn)]
  await t.rejects(call(fn), { code: 'function_overloaded', headers: { 'retry-after': '1' } })
  await line(({ message, versionId }) => message.includes('More than 3 calls') && message.includes('(concurrentCalls)') && versionId === fn.versionId)
  for (const answer of full) answer.catch(() => undefined)
})

besideNeighbour('logBytes: the lines of one call, whichever way they are written', async t => {
  for (const write of ['ctx.log.info("x".repeat(900))', 'console.log("x".repeat(900))', 'ctx.log.info("y", { x: "x".repeat(891) })', 'ctx.log.info("\\u00e9".repeat(450))']) {
    lines.length = 0
    const fn = await limited(`export default ctx => { for (let i = 0; i < Number(ctx.query.n); i++) ${write} }`, { logBytes: 4_096 })
    await call(fn, { query: 'n=4' })
    t.equal(lines.length, 4, write)
    lines.length = 0
    await call(fn, { query: 'n=9', requestId: 'req-9' })
    t.equal(lines.length, 5, write)
    t.match(lines[4], { level: 'warn', requestId: 'req-9', message: 'Further log lines of this call are dropped: it has logged more than 4096 bytes (logBytes).' })
  }
})

besideNeighbour('outboundRequests: a function may be kept from making any', async t => {
  const fn = await limited('export default async () => { try { await fetch("https://example.com") } catch (e) { return [e.name, e.message] } }', { outboundRequests: 0 })
  const result = await call(fn)
  t.strictSame(JSON.parse(bodyText(result)), ['TypeError', 'a call may make 0 outbound requests (outboundRequests)'])
})

besideNeighbour('a sandbox gives an isolate no more memory than it can spare', async t => {
  const { call, line } = await startFunctions(t, { limits: { maxIsolateMb: 24 } })
  await t.rejects(call(await limited(keep, { memoryMb: 128, cpuMs: 10_000 }), { query: 'mb=60' }), { code: 'function_memory_exceeded' })
  await line(({ message }) => message.includes('24 MB of memory'))
})
