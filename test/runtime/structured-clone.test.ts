import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('plain data is cloned to the bottom, with its cycles and shared parts', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const shared = { x: [1, , 3], u: undefined, n: null, big: 1n, nan: NaN, zero: -0 }
    const value = { a: shared, b: shared, ['__proto__']: 1 }
    value.self = value
    const clone = structuredClone(value)
    return [clone !== value, clone.self === clone, clone.a === clone.b, clone.a !== shared, 1 in clone.a.x, clone.a.x.length, 'u' in clone.a, clone.a.big === 1n, Object.is(clone.a.zero, -0), Object.hasOwn(clone, '__proto__'), Object.getPrototypeOf(clone) === Object.prototype]
  `), [true, true, true, true, false, 3, true, true, true, true, true])
})

t.test('built-in classes stay what they are', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const map = new Map([['k', new Set([1, 'two'])]])
    map.set(map, map)
    const clone = structuredClone({ map, date: new Date(5), bad: new Date(NaN), expression: /a\\/b/giu, number: Object(1), text: Object('s'), bool: Object(false), big: Object(2n) })
    const keys = [...clone.map.keys()]
    return [clone.map instanceof Map, [...clone.map.get('k')], keys[1] === clone.map, clone.map.get(clone.map) === clone.map, clone.date.getTime(), Number.isNaN(clone.bad.getTime()), String(clone.expression), clone.expression.flags, typeof clone.number, clone.number + 1, clone.text.length, clone.bool instanceof Boolean, typeof clone.big]
  `), [true, [1, 'two'], true, true, 5, true, '/a\\/b/giu', 'giu', 'object', 2, 1, true, 'object'])
})

t.test('errors keep name, message, stack and cause, and nothing else', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    class Special extends RangeError { name = 'RangeError'; extra = 1 }
    const error = new Special('far', { cause: new TypeError('type') })
    const clone = structuredClone(error)
    const aborted = structuredClone(new DOMException('gone', 'AbortError'))
    return [clone instanceof RangeError, clone.constructor === RangeError, clone.message, clone.stack === error.stack, clone.cause instanceof TypeError, 'extra' in clone, Object.keys(clone), aborted instanceof DOMException, aborted.name, aborted.message]
  `), [true, true, 'far', true, true, false, [], true, 'AbortError', 'gone'])
})

t.test('views of one buffer are views of one buffer again', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer
    const clone = structuredClone([new Uint8Array(buffer, 2, 3), new Uint16Array(buffer, 2), new DataView(buffer, 1, 2), buffer, new Float32Array([1.5])])
    return [[...clone[0]], clone[0].buffer === clone[1].buffer, clone[1].length, clone[2].getUint8(0), clone[3] === clone[0].buffer, clone[3] !== buffer, clone[4][0]]
  `), [[3, 4, 5], true, 3, 2, true, true, 1.5])
})

t.test('blobs and files are cloned', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const { file, blob } = structuredClone({ file: new File(['x'], 'a.txt', { type: 'a/b', lastModified: 7 }), blob: new Blob(['y']) })
    return [file instanceof File, file.name, file.type, file.lastModified, await file.text(), await blob.text()]
  `), [true, 'a.txt', 'a/b', 7, 'x', 'y'])
})

t.test('a transferred buffer moves, and is what refers to it', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const buffer = new Uint8Array([1, 2]).buffer
    const clone = structuredClone({ buffer, view: new Uint8Array(buffer, 1) }, { transfer: [buffer] })
    return [buffer.detached, buffer.byteLength, clone.buffer.byteLength, clone.view.buffer === clone.buffer, clone.view[0]]
  `), [true, 0, 2, true, 2])
})

t.test('nothing is transferred where cloning fails', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const buffer = new ArrayBuffer(4)
    const names = [[{ f () {} }, [buffer]], [1, [buffer, buffer]], [1, [{}]], [1, [new Uint8Array(buffer)]]].map(([value, transfer]) => {
      try { structuredClone(value, { transfer }) } catch (error) { return error.name }
    })
    return [names, buffer.detached]
  `), [Array(4).fill('DataCloneError'), false])
})

t.test('what cannot be cloned is refused with a DataCloneError', async t => {
  const isolate = createWebIsolate(t)
  const values = ['() => 1', 'Symbol("s")', 'class A {}', '[{ deep: () => 1 }]', 'Promise.resolve(1)', 'new WeakMap()', 'new WeakRef({})', 'new URL("https://example.com")',
    'new Response()', 'new ReadableStream()', 'new AbortController().signal', '(function * () {})()', 'new Map([[1, () => 1]])']
  for (const value of values) {
    t.strictSame(await isolate.run(`try { structuredClone(${value}) } catch (error) { return [error.name, error.code, error instanceof DOMException] }`),
      ['DataCloneError', 25, true], value)
  }
  t.equal(await isolate.run('try { structuredClone() } catch (error) { return error.constructor.name }'), 'TypeError')
})

t.test('what a getter throws comes through, and what only claims a class is plain data', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    let thrown
    try { structuredClone({ get a () { throw new Error('mine') } }) } catch (error) { thrown = error.message }
    const fake = structuredClone({ [Symbol.toStringTag]: 'Map', a: 1 })
    const instance = structuredClone(new (class Point { x = 1; #y = 2; get z () { return 3 } })())
    return [thrown, fake, instance]
  `), ['mine', { a: 1 }, { x: 1 }])
})
