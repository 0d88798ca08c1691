import t from 'tap'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { ByteQueue } from '../../data-plane/egress/byte-queue.ts'
import { fetchFrom, startEgress, startTarget } from '../support/egress.ts'

const egress = await startEgress(t)

t.test('what is written arrives before the rest is there', async t => {
  const responses: ServerResponse[] = []
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/gzip') response.writeHead(200, { 'content-encoding': 'gzip' }).write(gzipSync('data: 1\n\n').subarray(0, -8))
    else response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    responses.push(response)
  })
  const client = egress.connect(t)
  for (const path of ['/', '/gzip']) {
    const { status, body } = await client.fetch(fetchFrom(target.origin + path))
    t.equal(status, 200)
    t.equal(String((await body!.next()).value), 'data: 1\n\n', path)
    responses.pop()!.end()
    t.strictSame(await body!.next(), { done: true, value: undefined })
  }
})

t.test('a request is sent as it is written, and answered as it is read', async t => {
  const target = await startTarget(t, (request, response) => { request.pipe(response) })
  const client = egress.connect(t)
  const content = new ByteQueue()
  content.push(Buffer.from('ping'))
  const { body } = await client.fetch(fetchFrom(target.origin, { method: 'POST', body: content }), content)
  t.equal(String((await body!.next()).value), 'ping')
  content.push(Buffer.from('pong'))
  t.equal(String((await body!.next()).value), 'pong')
  content.end()
  t.strictSame(await body!.next(), { done: true, value: undefined })
})

t.test('a response before the end of the request ends the request', async t => {
  const target = await startTarget(t, (_request, response) => { response.writeHead(413).end('too much') })
  const client = egress.connect(t)
  const cancelled = Promise.withResolvers<void>()
  const content = new ByteQueue({ onCancel: cancelled.resolve })
  content.push(Buffer.from('begun'))
  const { status, body } = await client.fetch(fetchFrom(target.origin, { method: 'POST', body: content }), content)
  t.equal(status, 413)
  t.equal(String((await body!.next()).value), 'too much')
  t.strictSame(await body!.next(), { done: true, value: undefined })
  await cancelled.promise
})

t.test('a source that fails takes the request with it', async t => {
  const target = await startTarget(t, (request, response) => { request.pipe(response) })
  const client = egress.connect(t)
  const content = new ByteQueue()
  content.push(Buffer.from('begun'))
  const { body } = await client.fetch(fetchFrom(target.origin, { method: 'POST', body: content }), content)
  await body!.next()
  content.fail(new RangeError('the function has changed its mind'))
  await t.rejects(body!.next(), RangeError)
  await target.disconnected()
})
