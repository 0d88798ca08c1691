import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('an event is dispatched to its listeners in order, until one stops it', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    class Bus extends EventTarget {}
    const bus = new Bus(), seen = []
    const twice = () => seen.push('once although added twice')
    bus.addEventListener('x', twice); bus.addEventListener('x', twice)
    bus.addEventListener('x', { handleEvent (event) { seen.push(this.handleEvent !== undefined, event.currentTarget === bus) } })
    bus.addEventListener('x', event => { event.preventDefault(); event.stopImmediatePropagation() })
    bus.addEventListener('x', () => seen.push('never'))
    const event = new Event('x', { cancelable: true })
    return [bus.dispatchEvent(event), event.defaultPrevented, seen, bus.dispatchEvent(new Event('other')), event.type]
  `), [false, true, ['once although added twice', true, true], true, 'x'])
})

t.test('what a listener throws is logged, and the others run', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const target = new EventTarget(), seen = []
    target.addEventListener('x', () => { throw new TypeError('mine') }); target.addEventListener('x', () => seen.push('ran'))
    target.dispatchEvent(new Event('x'))
    return seen
  `), ['ran'])
  t.match(isolate.logs, [{ level: 'error', text: /^Uncaught TypeError: mine\n {4}at / }])
})

t.test('a custom event carries a detail', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const event = new CustomEvent('x', { detail: { a: 1 }, cancelable: true })
    return [event.detail, new CustomEvent('y').detail, event instanceof Event, event.cancelable, Object.prototype.toString.call(event)]
  `), [{ a: 1 }, null, true, true, '[object CustomEvent]'])
})
