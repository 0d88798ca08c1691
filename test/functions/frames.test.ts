import t from 'tap'
import { FrameError, FrameReader, FrameWriter } from '../../data-plane/functions/frames.ts'

interface Frame { type: number, id: number, payload: string }

function readAll (chunks: Buffer[], maxFrameBytes = 1_000_000): Frame[] {
  const frames: Frame[] = []
  const reader = new FrameReader(maxFrameBytes, (type, id, payload) => frames.push({ type, id, payload: payload.toString('latin1') }))
  for (const chunk of chunks) reader.push(chunk)
  return frames
}

/** A generator of numbers below 2^32 that gives the same ones at every run. */
function pseudoRandom (seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
}

t.test('frames arrive whole, however the stream is cut', async t => {
  const random = pseudoRandom(1)
  for (let round = 0; round < 50; round++) {
    const chunks: Buffer[] = []
    const writer = new FrameWriter(chunk => chunks.push(chunk), 512)
    const sent: Frame[] = []
    for (let n = random() % 30; n >= 0; n--) {
      const frame = { type: random() % 256, id: random(), payload: 'x'.repeat(random() % 700) }
      sent.push(frame)
      writer.begin(frame.type, frame.id)
      writer.text(frame.payload)
      writer.finish()
      if (random() % 4 === 0) writer.flush()
    }
    writer.flush()
    const stream = Buffer.concat(chunks)
    const pieces: Buffer[] = []
    for (let at = 0; at < stream.length;) {
      const end = at + 1 + random() % 900
      pieces.push(stream.subarray(at, end))
      at = end
    }
    t.strictSame(readAll(pieces), sent)
  }
})

t.test('byte by byte', async t => {
  const chunks: Buffer[] = []
  const writer = new FrameWriter(chunk => chunks.push(chunk))
  writer.begin(7, 0xffffffff)
  writer.u8(1)
  writer.u16(0x0203)
  writer.u32(0x04050607)
  writer.sizedText('ü')
  writer.bytes(Buffer.from([8]))
  writer.finish()
  writer.flush()
  const stream = Buffer.concat(chunks)
  t.strictSame(readAll([...stream].map(byte => Buffer.from([byte]))), [{ type: 7, id: 0xffffffff, payload: '\x01\x02\x03\x04\x05\x06\x07\0\0\0\x02\xc3\xbc\x08' }])
})

t.test('all frames of a turn leave in one write, and written memory is never touched again', async t => {
  const chunks: Buffer[] = []
  const writer = new FrameWriter(chunk => chunks.push(chunk), 1024)
  for (let id = 0; id < 20; id++) {
    writer.begin(1, id)
    writer.text('abc')
    writer.finish()
  }
  t.equal(chunks.length, 0)
  writer.flush()
  writer.flush()
  t.equal(chunks.length, 1)
  const before = Buffer.concat(chunks)
  for (let id = 0; id < 200; id++) {
    writer.begin(2, id)
    writer.text('something else')
    writer.finish()
    writer.flush()
  }
  t.strictSame(chunks[0], before)
})

t.test('a length that cannot be is refused before anything is kept for it', async t => {
  for (const length of [0, 4, 101, 0x7fffffff, 0xffffffff]) {
    const head = Buffer.alloc(9)
    head.writeUInt32BE(length)
    t.throws(() => readAll([head], 100), FrameError, String(length))
    t.throws(() => readAll([head.subarray(0, 2), head.subarray(2)], 100), FrameError)
  }
})

t.test('garbage is refused or is frames, and nothing else happens', async t => {
  const random = pseudoRandom(2)
  for (let round = 0; round < 2_000; round++) {
    const garbage = Buffer.from(Array.from({ length: random() % 60 }, () => random() % 256))
    try {
      for (const { payload } of readAll([garbage], 64)) t.ok(payload.length <= 64)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
    }
  }
  t.pass('no other error')
})
