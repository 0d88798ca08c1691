import t, { type Test } from 'tap'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { FrameReader, FrameWriter } from '../../data-plane/functions/frames.ts'
import { egressFrameTypes as types, windowBytes, writeChunk, writeEmpty, writeJson, writeWindow } from '../../data-plane/egress/protocol.ts'
import { fetchFrom, reachable, readText, startEgress, startTarget } from '../support/egress.ts'

const egress = await startEgress(t)
const target = await startTarget(t, (request, response) => {
  if (request.url === '/ok') response.end('ok')
  else if (request.url === '/large') response.end(Buffer.alloc(10_000_000))
  else response.write('begun')
})
const request = fetchFrom(`${target.origin}/wait`, { method: 'POST' })
// Accepts and never says a word: no handshake, so nothing of a body is passed on.
const mute = createServer(socket => { t.teardown(() => socket.destroy()) }).listen(0, reachable)
await once(mute, 'listening')
t.teardown(() => mute.close())
const withBody = { ...request, url: `https://${reachable}:${(mute.address() as AddressInfo).port}/`, body: { length: null } }

const attacks: Record<string, (writer: FrameWriter, socket: Socket) => void> = {
  'noise': (_writer, socket) => socket.write(Buffer.concat([Buffer.from([0, 0, 0, 200]), randomBytes(65_536)])),
  'a frame of 4 GB': (_writer, socket) => socket.write(Buffer.from([255, 255, 255, 255, types.request, 0, 0, 0, 1])),
  'a frame that is too short': (_writer, socket) => socket.write(Buffer.from([0, 0, 0, 1, 7])),
  'an unknown type': writer => writeEmpty(writer, 63, 1),
  'the frames of the other side': writer => writeEmpty(writer, types.responseEnd, 1),
  'a head that is not JSON': writer => writeChunk(writer, types.request, 1, Buffer.from('{"tenant":')),
  'a head that is no object': writer => writeChunk(writer, types.request, 1, Buffer.from('[]')),
  'a head of another shape': writer => writeChunk(writer, types.request, 1, Buffer.from(JSON.stringify({ ...request, headers: [['a']] }))),
  'limits that are none': writer => writeChunk(writer, types.request, 1, Buffer.from(JSON.stringify({ ...request, limits: { maxConcurrent: 1e9 } }))),
  'the same id twice': writer => {
    writeJson(writer, types.request, 1, request)
    writeJson(writer, types.request, 1, request)
  },
  'more than the window': writer => {
    writeJson(writer, types.request, 1, withBody)
    for (let sent = 0; sent <= windowBytes; sent += 32_768) writeChunk(writer, types.requestChunk, 1, Buffer.alloc(32_768))
  },
  'more than the window in empty chunks': writer => {
    writeJson(writer, types.request, 1, withBody)
    for (let i = 0; i < 10_000; i++) writeEmpty(writer, types.requestChunk, 1)
  },
  'a window that is opened too far': writer => {
    writeJson(writer, types.request, 1, request)
    writeWindow(writer, 1, 0xffffffff)
  },
  'half a frame, and gone': (writer, socket) => {
    writeJson(writer, types.request, 1, request)
    writer.flush()
    socket.end(Buffer.from([0, 0, 0, 50, types.request]))
  }
}

t.test('who does not keep to the protocol is cut off, and harms nobody else', async t => {
  const neighbour = egress.connect(t)
  const pid = egress.pid()
  const { body } = await neighbour.fetch(fetchFrom(`${target.origin}/wait`))
  await body!.next()
  for (const [name, attack] of Object.entries(attacks)) {
    const socket = connect(egress.socketPath)
    const writer = new FrameWriter(chunk => { socket.write(chunk) })
    socket.on('error', () => undefined).resume()
    attack(writer, socket)
    writer.flush()
    await new Promise<void>(resolve => { socket.once('close', () => resolve()) })
    const response = await neighbour.fetch(fetchFrom(`${target.origin}/ok`))
    t.equal(await readText(response.body), 'ok', name)
  }
  t.equal(egress.pid(), pid)
  await body!.return!()
  await target.disconnected()
})

t.test('frames of a request that nobody knows are passed over', async t => {
  const { socket, writer, frames } = raw(t)
  writeChunk(writer, types.requestChunk, 7, Buffer.alloc(100))
  writeEmpty(writer, types.requestEnd, 7)
  writeEmpty(writer, types.abort, 7)
  writeWindow(writer, 7, 100)
  writeJson(writer, types.request, 8, fetchFrom('http://127.0.0.1/'))
  writer.flush()
  while (frames.length === 0) await once(socket, 'data')
  t.match(frames[0], { type: types.error, id: 8 })
  t.match(frames[0]!.payload, 'address_not_public')
})

t.test('a sandbox that does not read gets no more than its window', async t => {
  const { socket, writer, frames } = raw(t)
  writeJson(writer, types.request, 1, fetchFrom(`${target.origin}/large`))
  writeJson(writer, types.request, 2, fetchFrom('http://127.0.0.1/'))
  writer.flush()
  const received = (): number => frames.filter(({ type }) => type === types.responseChunk).reduce((sum, { bytes }) => sum + bytes + 64, 0)
  while (received() < windowBytes - 32_768 - 64) await once(socket, 'data')
  t.ok(received() <= windowBytes)
  t.ok(frames.some(({ type, id }) => type === types.error && id === 2), 'other requests go on')
  writeWindow(writer, 1, 40_000)
  writer.flush()
  const before = received()
  while (received() === before) await once(socket, 'data')
  t.ok(received() <= windowBytes + 40_000)
})

t.test('a flood of requests is answered or refused, one by one', async t => {
  const { socket, writer, frames } = raw(t)
  const count = 5_000
  for (let id = 1; id <= count; id++) writeJson(writer, types.request, id, { ...request, tenant: `tenant-${id}` })
  writer.flush()
  while (!frames.some(({ type, payload }) => type === types.error && payload.includes('too_many_requests'))) await once(socket, 'data')
  socket.destroy()
  const neighbour = egress.connect(t)
  const response = await neighbour.fetch(fetchFrom(`${target.origin}/ok`))
  t.equal(await readText(response.body), 'ok')
  await response.body?.return?.()
})

interface Frame { type: number, id: number, bytes: number, payload: string }

function raw (t: Test): { socket: Socket, writer: FrameWriter, frames: Frame[] } {
  const socket = connect(egress.socketPath)
  t.teardown(() => socket.destroy())
  const frames: Frame[] = []
  const reader = new FrameReader(1024 * 1024, (type, id, payload) => frames.push({ type, id, bytes: payload.length, payload: payload.length < 1_000 ? payload.toString() : '' }))
  socket.on('data', chunk => reader.push(chunk as Buffer))
  return { socket, writer: new FrameWriter(chunk => { socket.write(chunk) }), frames }
}
