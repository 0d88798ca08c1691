import t from 'tap'
import { bodyJson, bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const { call, line, lines } = await startFunctions(t)

t.test('timers run in order while a call waits for them, microtasks in between', async t => {
  const fn = await makeFunction(`export default async () => {
    const seen = []
    const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
    setTimeout(() => { seen.push('b'); Promise.resolve().then(() => seen.push('microtask of b')) }, 60)
    setTimeout(() => seen.push('c'), 60)
    setTimeout(() => seen.push('a'), 0)
    const interval = setInterval(() => seen.push('i'), 4)
    clearTimeout(setTimeout(() => seen.push('never'), 5))
    await sleep(90)
    clearInterval(interval)
    return seen
  }`)
  const seen = bodyJson(await call(fn)) as string[]
  t.strictSame(seen.filter(name => name !== 'i'), ['a', 'b', 'microtask of b', 'c'])
  t.ok(seen.includes('i'))
})

t.test('many calls wait at the same time', async t => {
  const fn = await makeFunction('export default async (ctx) => { await new Promise(resolve => setTimeout(resolve, 20)); return ctx.params.n }')
  const results = await Promise.all(Array.from({ length: 200 }, async (_value, n) => await call(fn, { params: { n: String(n) } })))
  t.strictSame(results.map(bodyText), results.map((_result, n) => String(n)))
})

t.test('what throws in a timer is told, and harms no call', async t => {
  lines.length = 0
  const fn = await makeFunction('export default async () => { setTimeout(() => { throw new Error("late") }, 1); await new Promise(resolve => setTimeout(resolve, 20)); return "ok" }')
  t.equal(bodyText(await call(fn)), 'ok')
  t.match(await line(({ level }) => level === 'error'), { message: /late/ })
})

t.test('a function without calls sleeps: its intervals stand still until the next one', async t => {
  const fn = await makeFunction('let ticks = 0; setInterval(() => ticks++, 1)\nexport default () => ticks')
  const other = await makeFunction('export default () => new Promise(resolve => setTimeout(resolve, 60))')
  const before = Number(bodyText(await call(fn)))
  await call(other)
  t.ok(Number(bodyText(await call(fn))) - before < 10)
})
