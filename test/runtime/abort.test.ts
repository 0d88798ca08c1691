import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('aborting is seen once, by everybody who listens', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const controller = new AbortController()
    const { signal } = controller
    const seen = []
    signal.addEventListener('abort', event => seen.push(['listener', event.type, event.target === signal, event instanceof Event]))
    signal.onabort = function () { seen.push(['handler', this === signal]) }
    signal.addEventListener('abort', () => seen.push('once'), { once: true })
    const before = [signal.aborted, signal.reason]
    controller.abort(); controller.abort('again')
    return [before, seen, signal.aborted, signal.reason.name, signal.reason.code, signal.reason instanceof DOMException, signal instanceof EventTarget]
  `), [[false, undefined], [['listener', 'abort', true, true], ['handler', true], 'once'], true, 'AbortError', 20, true, true])
})

t.test('any reason is kept and thrown', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const aborted = AbortSignal.abort({ own: 1 })
    const thrown = []
    for (const signal of [aborted, AbortSignal.abort(), new AbortController().signal]) {
      try { signal.throwIfAborted(); thrown.push('nothing') } catch (error) { thrown.push(error.own ?? error.name) }
    }
    return thrown
  `), [1, 'AbortError', 'nothing'])
})

t.test('a timeout aborts with a TimeoutError, from a timer', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const signal = AbortSignal.timeout(1)
    const before = signal.aborted
    await new Promise(resolve => signal.addEventListener('abort', resolve))
    return [before, signal.reason.name, signal.reason.code, signal.reason instanceof DOMException]
  `), [false, 'TimeoutError', 23, true])
  t.strictSame(await isolate.run(`return [-1, NaN, 'x', 2 ** 60].map(delay => { try { AbortSignal.timeout(delay) } catch (error) { return error.constructor.name } })`),
    Array(4).fill('TypeError'))
})

t.test('a signal of several follows the first that aborts', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const [a, b] = [new AbortController(), new AbortController()]
    const any = AbortSignal.any([a.signal, b.signal])
    const nested = AbortSignal.any([any])
    const order = []
    a.signal.addEventListener('abort', () => order.push('a', nested.aborted)); any.onabort = () => order.push('any'); nested.onabort = () => order.push('nested')
    a.abort('first'); b.abort('second')
    return [any.reason, nested.reason, order, AbortSignal.any([AbortSignal.abort(1), AbortSignal.abort(2)]).reason, AbortSignal.any([]).aborted]
  `), ['first', 'first', ['a', true, 'any', 'nested'], 1, false])
})

t.test('a listener is removed when its signal aborts', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const target = new EventTarget(), controller = new AbortController(), seen = []
    target.addEventListener('x', () => seen.push('kept')); target.addEventListener('x', () => seen.push('removed'), { signal: controller.signal })
    controller.abort()
    target.addEventListener('x', () => seen.push('too late'), { signal: controller.signal })
    target.dispatchEvent(new Event('x'))
    return seen
  `), ['kept'])
})

t.test('a pipe stops when its signal aborts', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const controller = new AbortController()
    let cancelled, aborted
    const source = new ReadableStream({ pull (c) { c.enqueue(1); controller.abort('stop') }, cancel (reason) { cancelled = reason } }, { highWaterMark: 0 })
    const sink = new WritableStream({ abort (reason) { aborted = reason } })
    const outcome = await source.pipeTo(sink, { signal: controller.signal }).catch(error => error)
    return [outcome, cancelled, aborted]
  `), ['stop', 'stop', 'stop'])
})

t.test('signals cannot be made by hand', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`return [() => new AbortSignal(), () => AbortSignal.any([{}]), () => AbortSignal.any(1)].map(attempt => { try { attempt() } catch (error) { return error.constructor.name } })`),
    Array(3).fill('TypeError'))
})
