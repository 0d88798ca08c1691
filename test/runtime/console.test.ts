import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('each method logs at its level', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate(`console.log('a'); console.info('b'); console.debug('c'); console.warn('d'); console.error('e'); console.assert(1, 'no'); console.assert(0, 'f %s', 1); const { log } = console; log(1, 'two', null)`)
  t.strictSame(isolate.logs, [
    { level: 'info', text: 'a' }, { level: 'info', text: 'b' }, { level: 'debug', text: 'c' }, { level: 'warn', text: 'd' },
    { level: 'error', text: 'e' }, { level: 'error', text: 'Assertion failed: f 1' }, { level: 'info', text: '1 two null' }
  ])
})

t.test('values are written as a person reads them', async t => {
  const isolate = createWebIsolate(t)
  const cases: Array<[code: string, text: string]> = [
    [`{ a: 1, 'b-c': 'x', d: [1, [2]], e: { f: { g: { h: { i: 1 } } } } }`, '{ a: 1, "b-c": "x", d: [ 1, [ 2 ] ], e: { f: { g: { h: [Object] } } } }'],
    ['[]', '[]'], ['{}', '{}'], ['[undefined, null, -0, 1n, true, Symbol("s")]', '[ undefined, null, -0, 1n, true, Symbol(s) ]'],
    ['[1, , 3]', '[ 1, <empty>, 3 ]'],
    ['new Map([["k", { v: 1 }]])', 'Map(1) { "k" => { v: 1 } }'], ['new Set([1])', 'Set(1) { 1 }'],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'], ['new Date(NaN)', 'Invalid Date'], ['/a/g', '/a/g'],
    ['new Uint8Array([1, 2])', 'Uint8Array(2) [ 1, 2 ]'], ['new ArrayBuffer(3)', 'ArrayBuffer { byteLength: 3 }'],
    ['class Foo {}', '[Function: Foo]'], ['() => {}', '[Function: (anonymous)]'], ['new (class Foo { a = 1 })()', 'Foo { a: 1 }'],
    ['Object.create(null)', '[Object: null prototype] {}'], ['Promise.resolve(1)', 'Promise {}'],
    ['(() => { const o = { a: {} }; o.a.o = o; return o })()', '{ a: { o: [Circular] } }'],
    ['{ get a () { throw 1 }, set b (v) {} }', '{ a: [Getter], b: [Setter] }']
  ]
  for (const [code, text] of cases) {
    isolate.evaluate(`console.log(${code}); 0`)
    t.equal(isolate.logs.at(-1)?.text, text, code)
  }
})

t.test('errors come with their stack and cause', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate(`console.error(new TypeError('outer', { cause: new Error('inner') })); 0`)
  t.match(isolate.logs[0]?.text, /^TypeError: outer\n {4}at .*[^]*\[cause\]: Error: inner\n {6}at /)
})

t.test('a format is filled in', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate(`console.log('%s is %d years, %i, %f, %j %% %c%o', 'Ada', 36, 1.9, '1.5', { a: 1 }, 'color: red', [1], 'rest', { b: 2 }); console.log('%s %d', 'x'); console.log('100%'); console.log('%d', { valueOf () { throw 1 } })`)
  t.strictSame(isolate.logs.map(({ text }) => text), ['Ada is 36 years, 1, 1.5, { a: 1 } % [ 1 ] rest { b: 2 }', 'x %d', '100%', 'NaN'])
})

t.test('nothing that it is given makes it throw, or runs on', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate(`
    const trap = () => { throw new Error('trap') }
    const everything = { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap, apply: trap }
    console.log(new Proxy({}, everything), new Proxy([], everything), new Proxy(() => {}, everything))
    console.log({ get [Symbol.toStringTag] () { throw 1 }, toString: trap, toJSON: trap, inspect: trap })
    class Evil extends Error { get stack () { throw 1 } get message () { throw 1 } get name () { throw 1 } }
    console.log(new Evil())
    const { proxy, revoke } = Proxy.revocable({}, {}); revoke()
    console.log(proxy, { constructor: 5 }, Object.create({ get constructor () { throw 1 } }))
  `)
  t.equal(isolate.logs.length, 4)
})

t.test('a message is cut at its limit, however the value is made', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate(`
    console.log('x'.repeat(1e6)); console.log({ s: 'x'.repeat(1e6) }); console.log(Array.from({ length: 1e5 }, (_, i) => 'item ' + i))
    console.log(Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => ['key' + i, 'v'.repeat(500)])))
    console.log(...Array.from({ length: 1e4 }, () => ({ a: 'x'.repeat(100) })))
    const wide = depth => depth === 0 ? 'leaf' : Array.from({ length: 90 }, () => wide(depth - 1)); console.log(wide(3))
    const error = new Error('m'.repeat(1e6)); console.log(error)
    console.group(); console.log('\\n'.repeat(8000)); console.groupEnd()
  `)
  t.equal(isolate.logs.length, 8)
  for (const { text } of isolate.logs) t.ok(text.length <= 8192, `${text.length} characters`)
})

t.test('groups indent, counters count, watches watch', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate(`
    console.group('head'); console.log('in\\nside'); console.groupEnd(); console.groupEnd(); console.log('out')
    console.count(); console.count('x'); console.count(); console.countReset(); console.count()
    console.time('w'); console.timeLog('w', 'extra'); console.timeEnd('w'); console.timeEnd('w'); console.dir({ a: 1 }); console.table([1])
  `)
  const texts = isolate.logs.map(({ text }) => text)
  t.strictSame(texts.slice(0, 7), ['head', '  in\n  side', 'out', 'default: 1', 'x: 1', 'default: 2', 'default: 1'])
  t.match(texts.slice(7), [/^w: \d+ ms extra$/, /^w: \d+ ms$/, '{ a: 1 }', '[ 1 ]'])
  t.equal(texts.length, 11)
})
