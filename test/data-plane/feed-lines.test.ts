import t from 'tap'
import { FeedMalformed, readLines } from '../../data-plane/feed/lines.ts'

async function * chunks (...parts: Array<string | Buffer>): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part)
}

t.test('lines are found wherever the chunks are cut', async t => {
  const text = 'first\n\nthird: é€😀\nlast\n'
  const bytes = Buffer.from(text)
  for (let size = 1; size <= bytes.length; size++) {
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
    t.strictSame(await Array.fromAsync(readLines(chunks(...parts))), ['first', '', 'third: é€😀', 'last'], `chunks of ${size}`)
  }
})

t.test('a line without its end is none', async t => {
  t.strictSame(await Array.fromAsync(readLines(chunks('one\ntw', 'o'))), ['one'])
})

t.test('a line may be as long as it may, and not longer, whether its end has come or not', async t => {
  t.strictSame(await Array.fromAsync(readLines(chunks('1234', '5678\n', '1\n'), 8)), ['12345678', '1'])
  await t.rejects(Array.fromAsync(readLines(chunks('12345', '6789\n'), 8)), { name: FeedMalformed.name, message: /longer than 8 bytes/ })
  await t.rejects(Array.fromAsync(readLines(chunks('1\n', '12345', '6789'), 8)), { name: FeedMalformed.name })
})
