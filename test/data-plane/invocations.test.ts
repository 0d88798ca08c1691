import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { createInvocations, type Invocations } from '../../data-plane/invocations.ts'
import { createUplink } from '../../data-plane/uplink.ts'
import { WorkerLost } from '../../data-plane/workers/process.ts'
import { createQueue, type Queue } from '../support/queue.ts'
import { recordingLogger } from '../support/replica.ts'
import type { FeedInvoke } from '#shared/feed.ts'
import { effectiveLimits } from '#shared/function-limits.ts'
import type { InvocationResult } from '#shared/invocations.ts'

interface Post { url: string, body: { error: { code: string } | null } }

/** A control plane that answers with these statuses, the last one for ever. */
async function start (t: Test, invoke: () => Promise<InvocationResult>, statuses: number[]): Promise<Invocations & { posts: Queue<Post>, lines: () => unknown[] }> {
  const posts = createQueue<Post>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      posts.push({ url: request.url!, body: JSON.parse(Buffer.concat(chunks).toString()) as Post['body'] })
      response.writeHead(statuses.length > 1 ? statuses.shift()! : statuses[0]!).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const uplink = createUplink({ controlUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: () => 'token-of-the-data-plane' })
  t.teardown(async () => {
    await uplink.close()
    server.close()
  })
  const { logger, lines } = recordingLogger()
  return { ...createInvocations({ workers: { invoke }, uplink, logger }), posts, lines }
}

const request = { method: 'GET', path: '/', query: '', params: {}, headers: {}, body: null }
const message: FeedInvoke = {
  type: 'invoke',
  id: 'id-1',
  invocation: { gatewayId: 'shop', environment: 'dev', functionName: 'draft', timeoutMs: 1000, limits: effectiveLimits(), bundle: '', sourceMap: '', request }
}
const result = { requestId: 'r', response: null, error: null, logs: [], logsTruncated: false, durationMs: 1, cpuMs: null, memoryBytes: null }

t.test('a result is told again where nobody knows whether it was heard, and the function runs once', async t => {
  let runs = 0
  const { take, posts, finish } = await start(t, async () => {
    runs++
    return result
  }, [503, 204])
  take(message)
  for (let i = 0; i < 2; i++) t.strictSame(await posts.next(), { url: '/v1/data-plane/invocations/id-1/result', body: result })
  await finish(10_000)
  t.equal(runs, 1)
})

t.test('a worker that ends takes its invocation along: it is not run by another', async t => {
  let runs = 0
  const { take, posts } = await start(t, async () => {
    runs++
    throw new WorkerLost()
  }, [204])
  take(message)
  t.match((await posts.next()).body.error, { code: 'sandbox_lost' })
  t.equal(runs, 1)
})

t.test('a result that nobody waits for is dropped, and said', async t => {
  const { take, posts, finish, lines } = await start(t, async () => result, [404])
  take(message)
  await posts.next()
  await finish(10_000)
  t.match(lines(), [{ id: 'id-1', msg: 'the result of an invocation could not be told' }])
})
