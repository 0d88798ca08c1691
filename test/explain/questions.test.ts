import t, { type Test } from 'tap'
import type { FeedAsk } from '#shared/feed.ts'
import type { RequestTrace, TraceAnswer } from '#shared/request-traces.ts'
import type { WorkerTraces } from '../../data-plane/explain/explain.ts'
import { createQuestions } from '../../data-plane/explain/questions.ts'
import { WorkerLost } from '../../data-plane/workers/process.ts'
import { createQueue } from '../support/queue.ts'
import { recordingLogger } from '../support/replica.ts'

const ask: FeedAsk = {
  type: 'ask', id: 'id-1', question: { gatewayId: 'shop', environment: 'dev', requestId: 'r1', filter: { status: null, client: null, path: null, limit: 2 } }
}
const nothing: WorkerTraces = { found: [], isOwn: false }
const found = (at: number): WorkerTraces => ({ found: [{ requestId: `r${at}`, at } as RequestTrace], isOwn: true })

async function answerOf (t: Test, workers: Array<Promise<WorkerTraces>>): Promise<TraceAnswer> {
  const posts = createQueue<{ matter: string, body: unknown }>()
  const uplink = { post: async (matter: string, body: unknown) => { posts.push({ matter, body }) }, close: async () => {} }
  const { take, finish } = createQuestions({ ask: () => workers, uplink, logger: recordingLogger().logger, patienceMs: 50 })
  take(ask)
  const { matter, body } = await posts.next()
  t.equal(matter, '/request-traces/id-1')
  await finish(30_000)
  return body as TraceAnswer
}

t.test('what all workers know is told together, the newest first', async t => {
  t.match(await answerOf(t, [found(1), nothing, found(3), found(2)].map(async known => await Promise.resolve(known))), {
    found: [{ requestId: 'r3' }, { requestId: 'r2' }], isForgotten: false, silentWorkers: 0
  })
})

t.test('a worker that ends or does not answer holds up nobody, and is counted', async t => {
  const answer = await answerOf(t, [Promise.resolve(found(1)), Promise.reject(new WorkerLost()), new Promise(() => {})])
  t.match(answer, { found: [{ requestId: 'r1' }], silentWorkers: 2 })
})

t.test('an id that was made here and leads to nothing is said to be forgotten', async t => {
  t.match(await answerOf(t, [Promise.resolve(nothing), Promise.resolve({ found: [], isOwn: true })]), { found: [], isForgotten: true, silentWorkers: 0 })
})
