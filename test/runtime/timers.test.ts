import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('timers run by their time, then in the order they were set, with microtasks in between', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const order = []
    await new Promise(resolve => {
      // Far enough apart for a machine that stands still for a while between two lines.
      setTimeout(resolve, 900)
      setTimeout(() => order.push('later'), 600)
      setTimeout(() => { order.push('soon'); queueMicrotask(() => order.push('microtask')) }, 300)
      setTimeout((...args) => order.push('soon too', ...args), 300, 'x', 'y')
      setTimeout(() => order.push('0'))
    })
    return order
  `), ['0', 'soon', 'microtask', 'soon too', 'x', 'y', 'later'])
  t.equal(isolate.pendingTimers(), 0)
})

t.test('a cleared timer never runs, and asks nothing of the host', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const seen = []
    const first = setTimeout(() => seen.push('cleared'), 300)
    const second = setTimeout(() => { seen.push('ran'); clearTimeout(third) }, 400)
    const third = setTimeout(() => seen.push('cleared by another'), 700)
    clearTimeout(first); clearTimeout(first); clearTimeout(undefined); clearTimeout({}); clearInterval('no id')
    await new Promise(resolve => setTimeout(resolve, 1000))
    return [typeof first, first > 0, seen]
  `), ['number', true, ['ran']])
  t.equal(isolate.evaluate('clearTimeout(setTimeout(() => {}, 1e9)); 1'), 1)
  t.equal(isolate.pendingTimers(), 0)
})

t.test('a timer set by a timer asks the host once', async t => {
  const isolate = createWebIsolate(t)
  await isolate.run('await new Promise(resolve => setTimeout(() => { setTimeout(() => {}, 60_000); resolve() }, 1))')
  t.equal(isolate.pendingTimers(), 1)
})

t.test('an interval repeats until it is cleared, from within too', async t => {
  const isolate = createWebIsolate(t)
  t.equal(await isolate.run(`
    let count = 0
    return await new Promise(resolve => {
      const id = setInterval(step => {
        count += step
        if (count === 6) { clearInterval(id); setTimeout(() => resolve(count), 10) }
      }, 0, 2)
    })
  `), 6)
  t.equal(isolate.pendingTimers(), 0)
})

t.test('however many timers there are, the host has one', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate('for (let i = 0; i < 20_000; i++) setTimeout(() => {}, 1e6 + i % 97); setTimeout(() => { globalThis.early = true }, 1); 0')
  t.equal(isolate.pendingTimers(), 1)
  t.equal(await isolate.run('await new Promise(resolve => setTimeout(resolve, 2)); return globalThis.early'), true)
  t.equal(isolate.pendingTimers(), 1)
})

t.test('what a timer throws is logged, and the next one runs', async t => {
  const isolate = createWebIsolate(t)
  t.equal(await isolate.run(`
    setTimeout(() => { throw new Error('mine') }, 0)
    return await new Promise(resolve => setTimeout(resolve, 1, 'ran'))
  `), 'ran')
  t.match(isolate.logs, [{ level: 'error', text: /^Uncaught Error: mine/ }])
})

t.test('what is logged of it is cut at the limit of a message', async t => {
  const isolate = createWebIsolate(t)
  await isolate.run(`
    setTimeout(() => { throw new Error('x'.repeat(1e5)) }, 0); setTimeout(() => { throw { all: 'x'.repeat(1e5).split('') } }, 0)
    await new Promise(resolve => setTimeout(resolve, 1))
  `)
  t.equal(isolate.logs.length, 2)
  for (const { text } of isolate.logs) t.ok(text.length <= 8192, `${text.length} characters`)
})

t.test('a microtask runs before any timer, and what it throws is logged', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const order = []
    setTimeout(() => order.push('timer'), 0)
    queueMicrotask(() => { order.push('microtask'); throw 'text' })
    order.push('now')
    await new Promise(resolve => setTimeout(resolve, 5))
    return order
  `), ['now', 'microtask', 'timer'])
  t.strictSame(isolate.logs, [{ level: 'error', text: 'Uncaught "text"' }])
})

t.test('only functions are called', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`return [() => setTimeout('code'), () => setInterval(), () => queueMicrotask({}), () => new setTimeout(() => {})].map(attempt => { try { attempt() } catch (error) { return error.constructor.name } })`),
    Array(4).fill('TypeError'))
})

t.test('performance.now counts whole milliseconds from the start', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const start = performance.now()
    await new Promise(resolve => setTimeout(resolve, 5))
    const end = performance.now()
    return [Number.isInteger(start), Number.isInteger(end), end - start >= 4, Math.abs(performance.timeOrigin + end - Date.now()) < 1000, start < 60_000]
  `), [true, true, true, true, true])
})
