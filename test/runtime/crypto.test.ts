import { createHash } from 'node:crypto'
import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('random values fill the view that is given, and it alone', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const all = new Uint8Array(64)
    const view = all.subarray(16, 48)
    const same = crypto.getRandomValues(view) === view
    const words = crypto.getRandomValues(new BigUint64Array(8))
    return [same, all.subarray(0, 16).every(byte => byte === 0), all.subarray(48).every(byte => byte === 0), new Set(view).size > 8, new Set(words).size, crypto.getRandomValues(new Uint8Array(65536)).length, crypto.getRandomValues(new Uint8Array(0)).length]
  `), [true, true, true, true, 8, 65536, 0])
})

t.test('what cannot be filled is refused', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const attempts = [new Uint8Array(65537), new Uint32Array(16385), new Float64Array(1), new DataView(new ArrayBuffer(1)), [1], undefined]
    return attempts.map(value => { try { crypto.getRandomValues(value) } catch (error) { return [error.name, error.code] } })
  `), [['QuotaExceededError', 22], ['QuotaExceededError', 22], ['TypeMismatchError', 17], ['TypeMismatchError', 17], ['TypeMismatchError', 17], ['TypeMismatchError', 17]])
})

t.test('a UUID is random and of version 4', async t => {
  const isolate = createWebIsolate(t)
  const ids = await isolate.run<string[]>('return Array.from({ length: 100 }, () => crypto.randomUUID())')
  t.equal(new Set(ids).size, 100)
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('digests are those of Node.js, of any source of bytes', async t => {
  const isolate = createWebIsolate(t)
  for (const [name, algorithm] of [['SHA-1', 'sha1'], ['SHA-256', 'sha256'], ['sha-384', 'sha384'], ['SHA-512', 'sha512']] as const) {
    const expected = [...createHash(algorithm).update('béta').digest()]
    t.strictSame(await isolate.run(`
      const bytes = new TextEncoder().encode('béta')
      const around = new Uint8Array([0, ...bytes, 0])
      const digest = async data => [...new Uint8Array(await crypto.subtle.digest({ name: '${name}' }, data))]
      return [await digest(bytes), await digest(bytes.buffer), await digest(new DataView(around.buffer, 1, bytes.length))]
    `), [expected, expected, expected], name)
  }
})

t.test('a digest that cannot be made rejects', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const attempts = [['MD5', new Uint8Array(1)], [{}, new Uint8Array(1)], ['SHA-256', 'text'], ['SHA-256'], [Symbol(), new Uint8Array(1)]]
    return await Promise.all(attempts.map(args => crypto.subtle.digest(...args).catch(error => error.name)))
  `), ['NotSupportedError', 'NotSupportedError', 'TypeError', 'TypeError', 'TypeError'])
})

t.test('there is one Crypto, and nobody makes another', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    return [crypto instanceof Crypto, crypto.subtle instanceof SubtleCrypto, crypto.subtle === crypto.subtle, ...[Crypto, SubtleCrypto].map(Class => { try { new Class() } catch (error) { return error.constructor.name } })]
  `), [true, true, true, 'TypeError', 'TypeError'])
})
