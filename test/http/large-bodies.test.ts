import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage, type RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import t, { type Test } from 'tap'
import { effectiveTimeouts } from '#shared/upstreams.ts'
import type { ReplicaChange } from '../../data-plane/replica/replica.ts'
import type { ReplicaWriter } from '../../data-plane/replica/writer.ts'
import { reachable, startTarget } from '../support/egress.ts'
import { host } from '../support/upstream.ts'
import { startWorker } from '../support/worker-process.ts'

const megabyte = 1024 ** 2
const gigabyte = 1024 * megabyte
const describe = (growth: number): string => `the worker took ${Math.round(growth / megabyte)} MB more than before`
/** What the process may take for a body, however large that is: buffers of both connections, and garbage that V8 has not collected yet. */
const maxGrowth = 64 * megabyte
/** Of the body: what the first requests bring along is there afterwards, and none of the measured one's. */
const warmUp = 64 * megabyte

// A gigabyte on a machine that does other things as well.
t.setTimeout(300_000)

t.test('an upload of 1 GB takes no memory', async t => {
  let received = 0
  const { port, measure } = await startProxied(t, (request, response) => {
    received = 0
    request.on('data', (chunk: Buffer) => { received += chunk.length }).on('end', () => response.end('ok'))
  })
  await upload(port, warmUp)
  const growth = await measure(async () => await upload(port, gigabyte))
  t.equal(received, gigabyte)
  t.ok(growth < maxGrowth, describe(growth))
})

t.test('nor does a download', async t => {
  const { port, measure } = await startProxied(t, (request, response) => {
    void pipeline(Readable.from(zeros(Number(request.headers['x-bytes']))), response)
  })
  await download(port, warmUp)
  let received = 0
  const growth = await measure(async () => { received = await download(port, 4 * warmUp) })
  t.equal(received, 4 * warmUp)
  t.ok(growth < maxGrowth, describe(growth))
})

t.test('nor an upload that the upstream reads slowly', async t => {
  const { port, measure } = await startProxied(t, (request, response) => {
    let untilPause = megabyte
    request.on('end', () => response.end('ok')).on('data', (chunk: Buffer) => {
      untilPause -= chunk.length
      if (untilPause > 0) return
      untilPause = megabyte
      request.pause()
      // Slower than the client writes, all the time.
      setTimeout(() => request.resume(), 10)
    })
  })
  await upload(port, warmUp)
  const growth = await measure(async () => await upload(port, warmUp))
  t.ok(growth < maxGrowth, describe(growth))
})

interface Proxied {
  port: number
  /** Bytes by which the worker's resident memory grew at the most while this was done. */
  measure: (work: () => Promise<unknown>) => Promise<number>
}

async function startProxied (t: Test, listener: RequestListener): Promise<Proxied> {
  const target = await startTarget(t, listener)
  const worker = await startWorker(t, { IMPRUN_EGRESS_ALLOW: `${reachable}/32` })
  const { port } = await worker.hear('ready')
  worker.tell({ type: 'changed', change: commitUpstream(worker.writer, target.origin) })
  await worker.hear('applied')
  return {
    port,
    measure: async work => {
      const before = memoryOf(worker.pid, 'VmRSS')
      // proc(5): the peak begins anew.
      writeFileSync(`/proc/${worker.pid}/clear_refs`, '5')
      await work()
      return memoryOf(worker.pid, 'VmHWM') - before
    }
  }
}

function memoryOf (pid: number, name: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
}

function commitUpstream (writer: ReplicaWriter, url: string): ReplicaChange {
  const batch = writer.begin({ type: 'begin', store: 'test', snapshot: true })
  const timeouts = effectiveTimeouts({ firstByteMs: 120_000, totalMs: 120_000 })
  const routes = [{ functionName: 'proxied', versionId: 'v1', methods: ['GET' as const, 'POST' as const], path: '/', upstream: { name: 'origin' } }]
  batch.apply({ type: 'gateway', gatewayId: 'shop', value: { name: 'Shop', defaultEnvironment: 'prod', plugins: { none: {} } } })
  batch.apply({
    type: 'environment', gatewayId: 'shop', environment: 'prod',
    value: { plugins: {}, variables: {}, secrets: {}, upstreams: { origin: { url, timeouts } }, release: { number: 1, routes }, canary: null, previews: [] }
  })
  return batch.commit({ type: 'commit', revision: 7 })
}

const chunkSize = 256 * 1024

function * zeros (bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(chunkSize)
  for (let sent = 0; sent < bytes; sent += chunkSize) yield chunk
}

async function upload (port: number, bytes: number): Promise<void> {
  const sent = request({ port, host: '127.0.0.1', method: 'POST', headers: { host, 'content-length': bytes } })
  const answered = once(sent, 'response')
  await pipeline(Readable.from(zeros(bytes)), sent)
  const [response] = await answered as [IncomingMessage]
  await text(response)
}

async function download (port: number, bytes: number): Promise<number> {
  const [response] = await once(request({ port, host: '127.0.0.1', headers: { host, 'x-bytes': bytes } }).end(), 'response') as [IncomingMessage]
  let received = 0
  for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length
  return received
}
