import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const counter = 'let calls = 0; export default () => String(++calls)'

t.test('the least recently used isolate makes room, and its function is loaded anew when it is called', async t => {
  const { call } = await startFunctions(t, { limits: { maxIsolates: 2 } })
  const [a, b, c] = await Promise.all([makeFunction(counter), makeFunction(counter), makeFunction(counter)])
  const calls: string[] = []
  for (const fn of [a, b, a, c, a, b, b]) calls.push(bodyText(await call(fn)))
  t.strictSame(calls, ['1', '1', '2', '1', '3', '1', '2'])
})

t.test('an isolate with a call in flight is never evicted', async t => {
  const { call } = await startFunctions(t, { limits: { maxIsolates: 1 } })
  const slow = await makeFunction('export default () => new Promise(resolve => setTimeout(() => resolve("done"), 100))')
  const inFlight = call(slow)
  for (let n = 0; n < 5; n++) t.equal(bodyText(await call(await makeFunction(counter))), '1')
  t.equal(bodyText(await inFlight), 'done')
})

t.test('many that are made in one go make room for each other before any time has passed', async t => {
  const { call } = await startFunctions(t, { limits: { maxHeapBytes: 10 * 1024 * 1024 } })
  const fns = await Promise.all(Array.from({ length: 40 }, async () => await makeFunction(counter)))
  for (const fn of fns) await call(fn)
  const again: string[] = []
  for (const fn of fns.slice(0, 20)) again.push(bodyText(await call(fn)))
  t.strictSame(again, Array(20).fill('1'))
})

t.test('heaps that have grown too large together make room', async t => {
  const { call } = await startFunctions(t, { limits: { maxHeapBytes: 10 * 1024 * 1024 } })
  const hoarder = await makeFunction('let calls = 0; const kept = []; export default () => { if (kept.length === 0) kept.push(new Uint8Array(2e7)); return String(++calls) }')
  const clock = await makeFunction('export default () => new Promise(resolve => setTimeout(() => resolve("later"), 1200))')
  t.equal(bodyText(await call(hoarder)), '1')
  t.equal(bodyText(await call(clock)), 'later')
  t.equal(bodyText(await call(hoarder)), '1', 'it was evicted meanwhile')
})
