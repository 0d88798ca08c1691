import t from 'tap'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { fetchFrom, makeRequest, startEgress, startTarget } from '../support/egress.ts'

const megabyte = 1_000_000
const chunk = Buffer.alloc(65_536, 'a')
/** What the kernel holds for four sockets on the way, plus what the egress and its client may. */
const mostInFlight = 24 * megabyte

const egress = await startEgress(t, { limits: { maxRequestBytes: 1000 * megabyte, maxResponseBytes: 1000 * megabyte } })

t.test('a slow reader holds the server back, and memory stays where it was', async t => {
  let written = 0
  const target = await startTarget(t, (_request, response) => {
    const write = (): void => {
      while (written < 200 * megabyte) {
        written += chunk.length
        if (!response.write(chunk)) return
      }
      response.end()
    }
    response.on('drain', write)
    write()
  })
  const { body } = await egress.connect(t).fetch(fetchFrom(target.origin))
  const before = residentBytes(egress.pid()!)

  t.ok(await standstill(() => written) < mostInFlight, 'nobody reads')
  let read = 0
  let most = 0
  for await (const part of body!) {
    read += part.length
    most = Math.max(most, written - read)
  }
  t.equal(read, written)
  t.ok(most < mostInFlight, `the server was ahead by ${most} bytes at most`)
  t.ok(residentBytes(egress.pid()!) - before < 100 * megabyte, 'the egress has not kept what it passed on')
})

t.test('a slow server holds the function back', async t => {
  const arrived = Promise.withResolvers<IncomingMessage>()
  const target = await startTarget(t, (request, response) => {
    arrived.resolve(request.pause())
    request.on('end', () => response.writeHead(204).end())
  })
  const client = egress.connect(t)
  let given = 0
  const source = async function * (): AsyncGenerator<Buffer> {
    for (; given < 60 * megabyte; given += chunk.length) yield chunk
  }
  const { content, ...head } = makeRequest(target.origin, { method: 'POST', body: source() })
  const response = client.fetch(head, content)
  const request = await arrived.promise
  const taken = await standstill(() => given)
  t.ok(taken > 0 && taken < mostInFlight, `${taken} bytes were taken from the function`)
  request.resume()
  t.equal((await response).status, 204)
})

/** The value at which it stays. That nothing more happens gives no signal, so it is looked at until it was the same for 300 ms. */
async function standstill (value: () => number): Promise<number> {
  for (let last = value(), same = 0; ; last = value()) {
    await delay(10)
    same = value() === last ? same + 1 : 0
    if (same === 30) return last
  }
}

/** proc_pid_statm(5): the second field, in pages. */
function residentBytes (pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096
}
