import path from 'node:path'
import type { Test } from 'tap'
import { request } from 'undici'
import { bindAddress, type BoundAddress } from '../../data-plane/keeper/bind.ts'
import { createPlaces } from '../../data-plane/limits/concurrency.ts'
import { createNonceStore } from '../../data-plane/authentication/nonce-store.ts'
import { createWindowCounters } from '../../data-plane/limits/counter.ts'
import { startWorkers, type EdgeWorkers, type EdgeWorkersOptions } from '../../data-plane/workers/workers.ts'
import { openTestQuotas } from './quotas.ts'
import { createQueue, type Queue } from './queue.ts'
import { openTestReplica, recordingLogger, type TestReplica } from './replica.ts'

export const edgeWorkerFixture = path.join(import.meta.dirname, 'edge-worker.ts')

export interface TestWorkers extends TestReplica {
  workers: EdgeWorkers
  address: BoundAddress
  applied: Queue<number>
  lines: () => Array<Record<string, unknown>>
}

/** Workers of the fixture's kind over a replica, in processes; they end with the test. */
export async function startTestWorkers (t: Test, options: Partial<EdgeWorkersOptions> = {}): Promise<TestWorkers> {
  const replica = openTestReplica(t)
  const applied = createQueue<number>()
  const { logger, lines } = recordingLogger()
  // The settings of a worker are its environment, which it has from this process.
  process.env.IMPRUN_DATA_DIR = path.dirname(replica.file)
  const address = await bindAddress('127.0.0.1', 0)
  const workers = startWorkers({
    exec: edgeWorkerFixture,
    count: 2,
    listenFd: address.fd,
    generation: 1,
    counters: createWindowCounters(),
    places: createPlaces(),
    nonces: createNonceStore(),
    quotas: openTestQuotas(t, { file: path.join(path.dirname(replica.file), 'quotas.sqlite') }).quotas,
    revision: () => replica.writer.position().revision,
    onApplied: applied.push,
    onWanted: () => undefined,
    onReplicaDamaged: () => undefined,
    onUpstreamUsed: () => undefined,
    logger,
    ...options
  })
  t.teardown(async () => await workers.close(0))
  workers.begin()
  return { ...replica, workers, address, applied, lines }
}

/** What a worker says of itself; each call is a connection of its own, which any of the workers may accept. */
export async function askWorker (port: number, path: string): Promise<Record<string, unknown>> {
  const { body } = await request(`http://127.0.0.1:${port}/${path}`)
  return await body.json() as Record<string, unknown>
}

/** Asks until every one of so many workers has answered. */
export async function askAll (port: number, path: string, count: number): Promise<Array<Record<string, unknown>>> {
  const answers = new Map<unknown, Record<string, unknown>>()
  for (let tries = 0; answers.size < count; tries++) {
    if (tries > 2_000) throw new Error(`only ${answers.size} of ${count} workers ever answered`)
    // Side by side: the kernel gives a lone connection to the same idle worker again and again.
    const some = await Promise.all(Array.from({ length: 8 }, async () => await askWorker(port, path)))
    for (const answer of some) answers.set(answer.pid, answer)
  }
  return [...answers.values()]
}
