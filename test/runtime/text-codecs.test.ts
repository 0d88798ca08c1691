import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('text goes to UTF-8 and back, lone surrogates replaced', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const bytes = new TextEncoder().encode('aé€😀\\ud800')
    return [[...bytes], new TextDecoder().decode(bytes), bytes instanceof Uint8Array]
  `), [[97, 195, 169, 226, 130, 172, 240, 159, 152, 128, 239, 191, 189], 'aé€😀\ufffd', true])
})

t.test('encodeInto stops before a character that does not fit', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const target = new Uint8Array(4)
    return [new TextEncoder().encodeInto('a€b', target), [...target], new TextEncoder().encodeInto('€€', target)]
  `), [{ read: 2, written: 4 }, [97, 226, 130, 172], { read: 1, written: 3 }])
})

t.test('what is no UTF-8 is replaced, or refused when fatal', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const bytes = new Uint8Array([0x61, 0xff, 0xe2, 0x82, 0x62, 0xed, 0xa0, 0x80])
    let name
    try { new TextDecoder('utf-8', { fatal: true }).decode(bytes) } catch (error) { name = error.constructor.name }
    return [new TextDecoder().decode(bytes), name]
  `), ['a\ufffd\ufffdb\ufffd\ufffd\ufffd', 'TypeError'])
})

t.test('a byte order mark is dropped unless it is asked for', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61])
    return [new TextDecoder().decode(bytes), new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)]
  `), ['a', '\ufeffa'])
})

t.test('a character may be split over chunks', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const decoder = new TextDecoder()
    const parts = [[0xf0], [0x9f, 0x98], [0x80, 0x61]].map(bytes => decoder.decode(new Uint8Array(bytes), { stream: true }))
    return [...parts, decoder.decode(new Uint8Array([0xe2]))]
  `), ['', '', '😀a', '\ufffd'])
})

t.test('other encodings are known by their labels', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const decode = (label, ...bytes) => new TextDecoder(label).decode(new Uint8Array(bytes))
    return [decode('latin1', 0xe9, 0x80), decode('utf-16le', 0x61, 0, 0x3d, 0xd8, 0, 0xde), decode('shift_jis', 0x83, 0x65), decode('gb18030', 0xc4, 0xe3), decode('windows-1251', 0xcf)]
  `), ['é€', 'a😀', 'テ', '你', 'П'])
  t.strictSame(await isolate.run(`
    const name = label => new TextDecoder(label).encoding
    let error
    try { new TextDecoder('no such label') } catch (thrown) { error = thrown.constructor.name }
    return [name(' UTF8 '), name('ascii'), name('utf-16'), error]
  `), ['utf-8', 'windows-1252', 'utf-16le', 'RangeError'])
})
