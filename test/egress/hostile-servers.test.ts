import t from 'tap'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { egressErrorCodes, EgressError } from '../../data-plane/egress/errors.ts'
import { makeRequest, openEgress, reachable, readText } from '../support/egress.ts'

const packed = gzipSync('packed '.repeat(1_000))
const answers = [
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nkeep-alive: timeout=5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n5;a=b\r\nworld\r\n0\r\nx: y\r\n\r\n',
  'HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\nabcdefgHTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end',
  `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n${packed.toString('latin1')}`,
  `HTTP/1.1 200 OK\r\ncontent-encoding: br, zstd\r\ncontent-length: ${packed.length}\r\n\r\n${packed.toString('latin1')}`
].map(text => Buffer.from(text, 'latin1'))
const insertions = ['\r\n', '\r\n\r\n', '0', '\0', 'HTTP/1.1 200 OK\r\n', 'transfer-encoding: chunked\r\n', 'content-length: 3\r\n'].map(text => Buffer.from(text))

t.test('whatever a server answers, the request ends, and with an error of ours', async t => {
  const seed = Number(process.env.IMPRUN_TEST_SEED ?? Date.now() % 1_000_000)
  t.comment(`IMPRUN_TEST_SEED=${seed}`)
  const random = createRandom(seed)
  const server = createServer(socket => {
    socket.on('error', () => undefined).on('data', () => answer(socket, random))
  }).listen(0, reachable)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://${reachable}:${(server.address() as AddressInfo).port}/`
  const egress = openEgress(t, { limits: { totalTimeoutMs: 300, maxRedirects: 3, maxConcurrent: 100 } })

  const outcomes = new Map<string, number>()
  const ask = async (): Promise<string> => {
    try {
      const response = await egress.fetch(makeRequest(url, random(3) === 0 ? { method: 'POST', body: 'x'.repeat(random(1_000)) } : {}))
      await readText(response.body)
      return 'answered'
    } catch (error) {
      return error instanceof EgressError ? error.code : String(error)
    }
  }
  const client = async (): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      const outcome = await ask()
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 10 }, client))
  t.comment(Object.fromEntries(outcomes))
  const known = new Set<string>(['answered', ...egressErrorCodes].filter(code => code !== 'failed' && code !== 'too_many_requests'))
  t.strictSame([...outcomes.keys()].filter(outcome => !known.has(outcome)), [])
  t.ok(outcomes.get('answered')! > 0)
})

/** One of the answers with up to three faults in it, in two parts; then the server stays, leaves or breaks off. */
function answer (socket: Socket, random: (below: number) => number): void {
  let bytes = Buffer.from(answers[random(answers.length)]!)
  for (let faults = random(4); faults > 0; faults--) bytes = spoil(bytes, random)
  const cut = random(bytes.length + 1)
  socket.write(bytes.subarray(0, cut))
  setImmediate(() => {
    socket.write(bytes.subarray(cut))
    const end = random(6)
    if (end === 0) socket.destroy()
    if (end === 1) socket.end()
    if (end === 2) socket.resetAndDestroy()
  })
}

function spoil (bytes: Buffer, random: (below: number) => number): Buffer<ArrayBuffer> {
  const at = random(bytes.length)
  switch (random(4)) {
    case 0: return Buffer.concat([bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at + 1)])
    case 1: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(5))])
    case 2: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 10))])
    default: return Buffer.concat([bytes.subarray(0, at), insertions[random(insertions.length)]!, bytes.subarray(at)])
  }
}

/** Whole numbers from 0 to below, the same for the same seed (mulberry32). */
function createRandom (seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
