import { Worker } from 'node:worker_threads'
import { Pool, type Dispatcher } from 'undici'
import { latencyRound } from '../report.ts'
import type { PaceAnswer, PaceOrder } from './pace.ts'

/** How long the last answers may take. */
const patienceMs = 30_000
const startMs = 100

process.on('message', order => {
  pace(order as PaceOrder).then(
    answer => process.send!(answer),
    (error: unknown) => process.send!({ failure: String(error) } satisfies PaceAnswer)
  )
})
process.on('disconnect', () => process.exit())

/**
 * Sends what is due, whatever becomes of what was sent before. Each answer's time counts from when its request was due, so that a stall shows in
 * all that it held up.
 */
async function pace ({ url, method = 'GET', headers, body, perSecond, seconds, connections }: PaceOrder): Promise<PaceAnswer> {
  const { origin, pathname, search } = new URL(url)
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: patienceMs, bodyTimeout: patienceMs })
  const sets = headers.map(each => Object.entries(each).flat())
  const latencies = new Float64Array(Math.round(perSecond * seconds))
  const spacing = 1_000 / perSecond
  const done = Promise.withResolvers<string | null>()
  let sent = 0
  let answered = 0
  const handler = (dueAt: number, index: number): Dispatcher.DispatchHandler => ({
    onRequestStart: () => undefined,
    onResponseStart: (_controller, status) => { if (status !== 200) done.resolve(`status ${status}`) },
    onResponseData: () => undefined,
    onResponseEnd: () => {
      latencies[index] = now() - dueAt
      answered++
      if (answered === latencies.length) done.resolve(null)
    },
    onResponseError: (_controller, error) => done.resolve(String(error))
  })
  // Until then the thread has begun.
  const startAt = now() + startMs
  const metronome = startMetronome(startAt, spacing)
  metronome.on('message', () => {
    const due = Math.min(latencies.length, Math.floor((now() - startAt) / spacing) + 1)
    for (; sent < due; sent++) {
      pool.dispatch({ path: pathname + search, method, headers: sets[sent % sets.length]!, body: body ?? null }, handler(startAt + sent * spacing, sent))
    }
  })
  metronome.on('error', error => done.resolve(String(error)))
  const failure = await done.promise
  await Promise.all([metronome.terminate(), pool.destroy()])
  return failure === null ? { round: latencyRound(latencies) } : { failure }
}

/** Milliseconds, of a clock that all threads share: that of `performance` begins anew with each. */
function now (): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/**
 * Ticks at each due time. The timers of an event loop have whole milliseconds, in which two requests of 2,000 a second would be sent together, late;
 * a thread that waits for nothing is woken within a tenth of one, and takes no processor meanwhile.
 */
function startMetronome (startAt: number, spacing: number): Worker {
  return new Worker(`
    const { parentPort } = require('node:worker_threads')
    const nothing = new Int32Array(new SharedArrayBuffer(4))
    for (let tick = 0; ; tick++) {
      const early = ${startAt} + tick * ${spacing} - Number(process.hrtime.bigint()) / 1e6
      if (early > 0) Atomics.wait(nothing, 0, 0, early)
      parentPort.postMessage(null)
    }
  `, { eval: true })
}
