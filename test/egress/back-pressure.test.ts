import t from 'tap'
import { readFileSync } from 'node:fs'
import { fetchFrom, makeRequest, startEgress, startTarget } from '../support/egress.ts'

const megabyte = 1_000_000
const chunk = Buffer.alloc(65_536, 'a')
/** What the kernel holds for four sockets on the way, plus what the egress and its client may. */
const mostInFlight = 24 * megabyte

t.test('a slow reader holds the server back, and memory stays where it was', async t => {
  let written = 0
  const stalled = Promise.withResolvers<void>()
  const target = await startTarget(t, (_request, response) => {
    const write = (): void => {
      while (written < 200 * megabyte) {
        written += chunk.length
        if (!response.write(chunk)) return stalled.resolve()
      }
      response.end()
    }
    response.on('drain', write)
    write()
  })
  const egress = await startEgress(t, { limits: { maxResponseBytes: 1000 * megabyte } })
  const client = egress.connect()
  const warm = await client.fetch(fetchFrom(`${target.origin}/`, { method: 'HEAD' }))
  t.equal(warm.status, 200)
  written = 0
  const before = residentBytes(egress.pid()!)
  const { body } = await client.fetch(fetchFrom(target.origin))

  let read = 0
  let most = 0
  for await (const part of body!) {
    // Between two parts the whole chain has time to fill up.
    if (read < 4 * megabyte) await stalled.promise.then(async () => await new Promise(resolve => setImmediate(resolve)))
    read += part.length
    most = Math.max(most, written - read)
  }
  t.equal(read, written)
  t.ok(most < mostInFlight, `the server was ahead by ${most} bytes at most`)
  t.ok(residentBytes(egress.pid()!) - before < 100 * megabyte, 'the egress has not kept what it passed on')
})

t.test('a slow server holds the function back', async t => {
  const target = await startTarget(t, request => {
    request.pause()
    resume = () => { request.resume().on('end', () => request.socket.end('HTTP/1.1 204 No Content\r\n\r\n')) }
  })
  let resume = (): void => {}
  const client = (await startEgress(t, { limits: { maxRequestBytes: 1000 * megabyte } })).connect()
  let given = 0
  let idle = 0
  const full = Promise.withResolvers<void>()
  const watch = setInterval(() => {
    idle = given === last ? idle + 1 : 0
    last = given
    if (idle === 20) full.resolve()
  }, 10)
  let last = -1
  t.teardown(() => clearInterval(watch))
  const source = async function * (): AsyncGenerator<Buffer> {
    for (; given < 60 * megabyte; given += chunk.length) yield chunk
  }
  const { content, ...head } = makeRequest(target.origin, { method: 'POST', body: source() })
  const response = client.fetch(head, content)
  await full.promise
  t.ok(given > 0 && given < mostInFlight, `${given} bytes were taken from the function`)
  resume()
  t.equal((await response).status, 204)
})

/** proc_pid_statm(5): the second field, in pages. */
function residentBytes (pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096
}
