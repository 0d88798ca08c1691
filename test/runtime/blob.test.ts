import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('a blob is its parts, one after the other', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const bytes = new Uint8Array([0x62, 0x63, 0x64])
    const blob = new Blob(['ä', bytes.subarray(1), bytes.buffer, new Blob(['!']), 5], { type: 'Text/PLAIN' })
    bytes[1] = 0
    return [await blob.text(), blob.size, blob.type, (await blob.arrayBuffer()).byteLength, blob instanceof Blob, blob instanceof File]
  `), ['äcdbcd!5', 9, 'text/plain', 9, true, false])
})

t.test('a slice counts from the start or the end', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const blob = new Blob(['0123456789'], { type: 'a/b' })
    const cut = async (...args) => await blob.slice(...args).text()
    return [await cut(), await cut(3), await cut(2, 4), await cut(-3), await cut(-3, -1), await cut(5, 2), await cut(0, 99), await cut(NaN, 1.9), blob.slice(0, 1).type, blob.slice(0, 1, 'C/D').type]
  `), ['0123456789', '3456789', '23', '789', '78', '', '0123456789', '0', '', 'c/d'])
})

t.test('a large blob streams in pieces', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const sizes = []
    for await (const chunk of new Blob([new Uint8Array(150_000)]).stream()) sizes.push(chunk.length)
    for await (const chunk of new Blob([]).stream()) sizes.push(chunk.length)
    return sizes
  `), [65536, 65536, 18928])
})

t.test('a file has a name and a time besides', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const file = new File(['x'], 'ü.txt', { type: 'text/plain', lastModified: 1234.9 })
    return [file.name, file.lastModified, file.type, await file.text(), file instanceof Blob, new File([], 'a').lastModified > 0]
  `), ['ü.txt', 1234, 'text/plain', 'x', true, true])
})

t.test('line endings are made native where that is asked for', async t => {
  const isolate = createWebIsolate(t)
  t.equal(await isolate.run(`return await new Blob(['a\\r\\nb\\rc\\n'], { endings: 'native' }).text()`), 'a\nb\nc\n')
})

t.test('what are no parts are refused', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const attempts = [() => new Blob('text'), () => new Blob(1), () => new Blob([], { endings: 'odd' }), () => new Blob([], 1), () => new Blob([Symbol()]), () => new File([]), () => Blob([])]
    return attempts.map(attempt => { try { attempt() } catch (error) { return error.constructor.name } })
  `), Array(7).fill('TypeError'))
})
